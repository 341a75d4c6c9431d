/** A seeded generator of doubles in [0, 1): the same seed, the same run (mulberry32). */
export type Random = () => number;

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number in [0, endExclusive). */
export function below(random: Random, endExclusive: number): number {
  return Math.floor(random() * endExclusive);
}

/** A random stretch, repeated: cheap, and different from every other. */
export function bytesOf(random: Random, length: number): Buffer {
  const stretch = Buffer.allocUnsafe(16);
  for (let at = 0; at < 16; at += 4) stretch.writeUInt32LE(below(random, 2 ** 32), at);
  return Buffer.alloc(length, stretch);
}
