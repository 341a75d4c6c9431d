const ends = new Set<() => void>();
let listens = false;

/** Whatever ends this process, a signal included, ends this too. @returns what takes it back */
export function atExit(end: () => void): () => void {
  ends.add(end);
  if (!listens) {
    listens = true;
    process.on('exit', () => {
      for (const each of ends) {
        try {
          each();
        } catch {
          // Ended by itself in this moment.
        }
      }
    });
  }
  return () => ends.delete(end);
}
