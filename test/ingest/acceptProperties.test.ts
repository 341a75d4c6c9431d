import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ACTOR_ROLES, eventSchema } from '../../core/event.ts';
import { parseInstant } from '../../core/time.ts';
import { readEvent } from '../../ingest/decode/readEvent.ts';

/** What the schema says of a value, told from its issues alone. */
function judgeBySchema(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'malformed';
  if (isPoisoned(value)) return 'unknown_field';
  const { error } = eventSchema.safeParse(value);
  if (error === undefined) return 'accepted';
  if (error.issues.some((issue) => issue.code === 'unrecognized_keys')) return 'unknown_field';
  const valueAt = (path: PropertyKey[]) => Reflect.get(value, path[0] ?? '') as unknown;
  const isMissing = error.issues.some(({ path }) => (valueAt(path) ?? null) === null);
  return isMissing ? 'missing_field' : 'invalid_field';
}

function eventBySchema(value: unknown): unknown {
  const { occurredAt, ...fields } = eventSchema.parse(value);
  const optional = { source: null, seq: null, sessionId: null, resource: null, ip: null };
  const absent = { ...optional, attributes: null, actorRole: 'staff' };
  const given = Object.entries(fields).filter(([, field]) => (field ?? null) !== null);
  return { ...absent, ...Object.fromEntries(given), occurredAtMs: parseInstant(occurredAt) };
}

function isPoisoned(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Object.hasOwn(value, '__proto__')) return true;
  const kin = Object.getOwnPropertyDescriptor(value, 'constructor')?.value as unknown;
  if (typeof kin === 'object' && kin !== null && Object.hasOwn(kin, 'prototype')) return true;
  return Object.values(value).some(isPoisoned);
}

const odd = fc.constantFrom<unknown>(
  '',
  '\0',
  '\ud800',
  '😀'.repeat(64),
  '😀'.repeat(65),
  '😀'.repeat(128),
  '😀'.repeat(129),
  '😀'.repeat(257),
  'x'.repeat(256),
  'x'.repeat(257),
  7,
  -1,
  1.5,
  Number.MAX_SAFE_INTEGER,
  2 ** 53,
  true,
  null,
  [],
  ['x'],
  {},
  { a: 1 },
);
const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 });
const time = fc
  .date({ min: new Date(0), max: new Date('2099-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
const oddTime = fc.constantFrom('2023-02-29T00:00:00Z', '2023-02-28T24:00:00Z', '2023-02-28');
const address = fc.oneof(
  fc.ipV4(),
  fc.ipV4Extended(),
  fc.ipV6(),
  fc.constantFrom(
    '::',
    '::1',
    '1::2::3',
    '::ffff:1.2.3.4',
    'fe80::1%eth0',
    '[::1]',
    '1.2.3',
    ':::',
  ),
  fc.string({ unit: fc.constantFrom(':', '.', '0', '1', 'a', 'f'), maxLength: 16 }),
);
const key = fc.oneof(
  text,
  fc.constantFrom('', 'constructor', 'prototype', '__proto__', 'toString', 'k'.repeat(65)),
);
/** Pairs are written as JSON by hand, so that every name can become a key of its own. */
const object = (entries: fc.Arbitrary<[string, unknown][]>) =>
  entries.map((pairs) => {
    const body = pairs
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
    return JSON.parse(`{${body.join(',')}}`) as Record<string, unknown>;
  });
const attributes = object(
  fc.array(fc.tuple(key, fc.oneof({ weight: 9, arbitrary: text }, odd)), { maxLength: 18 }),
);

const required = {
  id: text,
  solutionId: text,
  smeId: fc.stringMatching(/^[0-9]{8}$/),
  actorId: text,
  action: text,
  occurredAt: fc.oneof({ weight: 9, arbitrary: time }, oddTime),
};
const optional = {
  actorRole: fc.constantFrom(...ACTOR_ROLES),
  source: text,
  seq: fc.maxSafeNat(),
  sessionId: text,
  resource: text,
  ip: address,
  attributes,
};
const mostly = (value: fc.Arbitrary<unknown>, other: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 40, arbitrary: value }, { weight: 1, arbitrary: other });
const absent = fc.constant(undefined);
const poison = fc.constant({ constructor: { prototype: {} } });
const fields = Object.entries({ ...required, ...optional }).map(([name, value]) => {
  const usual = name in required ? value : fc.oneof(value, absent);
  return fc.tuple(fc.constant(name), mostly(usual, fc.oneof(odd, absent, poison)));
});
const extra = fc.tuple(key, fc.oneof(text, odd));
const extras = fc.oneof(
  { weight: 9, arbitrary: fc.constant<[string, unknown][]>([]) },
  { weight: 1, arbitrary: fc.array(extra, { maxLength: 7 }) },
);
const event = object(
  fc.tuple(fc.tuple(...fields), extras).map(([known, unknown]) => [...known, ...unknown]),
);

it('agrees with the documented schema on every event: the same reading or the same code (I-11)', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(fc.oneof({ weight: 50, arbitrary: event }, odd), (value) => {
      const expected = judgeBySchema(value);
      seen.set(expected, (seen.get(expected) ?? 0) + 1);
      const read = readEvent(value);
      expect(read.fault?.code ?? 'accepted').toBe(expected);
      if (expected === 'accepted') expect(read.event).toEqual(eventBySchema(value));
    }),
    { numRuns: 5000 },
  );
  for (const code of ['accepted', 'malformed', 'unknown_field', 'missing_field', 'invalid_field']) {
    expect(seen.get(code) ?? 0, code).toBeGreaterThan(50);
  }
});
