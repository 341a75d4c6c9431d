import { describe, expect, it } from 'vitest';
import type { UsageEvent } from '../../core/event.ts';
import { EVENT_BYTES_MAX } from '../../core/limits.ts';
import { pseudonymText } from '../../core/pseudonym.ts';
import { Pseudonyms } from '../../ingest/pseudonyms.ts';
import { describeRefused, describeRow, toRow } from '../../ingest/rows.ts';
import { readStagedRow, stagedRow } from '../../store/stagedRow.ts';

const SECRET = Buffer.alloc(32, 7);
const pseudonyms = new Pseudonyms(SECRET);
const event: UsageEvent = {
  id: 'e',
  solutionId: 's',
  smeId: '12345675',
  actorId: 'amy@example.com',
  actorRole: 'staff',
  action: 'create',
  occurredAtMs: 1_681_522_200_000,
  source: 'pos',
  seq: 3,
  sessionId: 'x',
  resource: 'r',
  ip: '203.0.113.9',
  attributes: { b: '2', a: '1' },
};
const tail = (fields: Partial<UsageEvent> = {}) => toRow({ ...event, ...fields }, 'v', pseudonyms);
const row = (fields: Partial<UsageEvent> = {}) =>
  readStagedRow(stagedRow(1, 'v\tbatch\treceived', tail(fields)));

describe('a pseudonym', () => {
  it('is the same within a vendor and over a restart, and another for another vendor, person or secret', () => {
    const amy = pseudonyms.actor('v', 'amy');
    expect(new Pseudonyms(SECRET).actor('v', 'amy')).toBe(amy);
    const others = [
      pseudonyms.actor('w', 'amy'),
      pseudonyms.actor('v', 'Amy'),
      pseudonyms.address('v', 'amy'),
      new Pseudonyms(Buffer.alloc(32, 8)).actor('v', 'amy'),
    ];
    expect(new Set([amy, ...others]).size).toBe(5);
  });

  it('fits 64 bits without a sign, and is shown with all its digits', () => {
    for (let i = 0; i < 200; i += 1) {
      const value = BigInt(pseudonyms.actor('v', `actor ${i}`));
      expect(value >= 0n && value < 2n ** 64n).toBe(true);
      expect(pseudonymText(value)).toMatch(/^[0-9a-f]{16}$/);
    }
  });

  it('needs a secret of 32 bytes', () => {
    expect(() => new Pseudonyms(Buffer.alloc(31))).toThrow(RangeError);
    expect(new Pseudonyms(Buffer.alloc(32)).actor('v', 'a')).toMatch(/^\d+$/);
  });
});

describe('the text of an event', () => {
  it('is the same whatever the order of its attributes, and after a restart', () => {
    const again = toRow({ ...event, attributes: { a: '1', b: '2' } }, 'v', new Pseudonyms(SECRET));
    expect(again).toBe(tail());
    expect(row().text).toBe(
      's\t12345675\t15438255040002830638\tstaff\tcreate\t1681522200.000\tpos\t3\tx\tr\t{"a":"1","b":"2"}\t5408989720749508316',
    );
  });
});

describe('what is kept of an event', () => {
  const PERSONAL = /amy|203\.0\.113/;

  it('stored or in conflict holds pseudonyms in place of persons', () => {
    expect(tail()).not.toMatch(PERSONAL);
    expect(describeRow(row())).not.toMatch(PERSONAL);
    expect(JSON.parse(describeRow(row()))).toEqual({
      id: 'e',
      solutionId: 's',
      smeId: '12345675',
      actorId: pseudonymText(BigInt(pseudonyms.actor('v', 'amy@example.com'))),
      actorRole: 'staff',
      action: 'create',
      occurredAt: '2023-04-15T01:30:00.000Z',
      source: 'pos',
      seq: 3,
      sessionId: 'x',
      resource: 'r',
      ip: pseudonymText(BigInt(pseudonyms.address('v', '203.0.113.9'))),
      attributes: { a: '1', b: '2' },
    });
  });

  it('in conflict is shown with its own text, whatever it holds', () => {
    const text = 'a\tb\nc\\N \\ é 😀';
    const odd = row({ action: text, source: text, sessionId: '\\N', resource: text });
    expect(JSON.parse(describeRow(odd))).toMatchObject({
      action: text,
      source: text,
      sessionId: '\\N',
      resource: text,
    });
  });

  it('leaves out what was not sent', () => {
    const bare = row({
      source: null,
      seq: null,
      sessionId: null,
      resource: null,
      ip: null,
      attributes: null,
    });
    expect(Object.keys(JSON.parse(describeRow(bare)))).toEqual([
      'id',
      'solutionId',
      'smeId',
      'actorId',
      'actorRole',
      'action',
      'occurredAt',
    ]);
  });

  it.each([
    ['as they should be', { actorId: 'amy', ip: '203.0.113.9' }],
    ['as something else', { actorId: { name: 'amy' }, ip: ['203.0.113.9'] }],
    ['under an unknown field', { user: 'amy', client: { ip: '203.0.113.9' }, ActorId: 'amy' }],
    ['empty', { actorId: '', ip: '' }],
  ])('refused holds no person sent %s', (_, fields) => {
    const kept = describeRefused({ id: 'e', action: 'x', ...fields }, 'v', pseudonyms);
    expect(kept).not.toMatch(PERSONAL);
    expect(JSON.parse(kept)).toMatchObject({ id: 'e', action: 'x' });
    expect(Object.keys(JSON.parse(kept))).toEqual(['id', 'action', ...Object.keys(fields)]);
  });

  it.each([[null], ['amy'], [['amy']], [1], [undefined]])(
    'refused that is no object keeps nothing: %j',
    (value) => {
      expect(describeRefused(value, 'v', pseudonyms)).toBe('');
    },
  );

  it('refused that is too large keeps nothing', () => {
    const kept = (fields: number) => {
      const names = Array.from({ length: fields }, (_, i) => `${i}`.padStart(64, 'f'));
      const value = Object.fromEntries(names.map((name) => [name, 'amy']));
      return describeRefused(value, 'v', pseudonyms);
    };
    // Each field takes 72 characters: its 64, two quotes, a colon, null, a comma.
    const most = Math.floor((EVENT_BYTES_MAX - 1) / 72);
    expect(kept(most).length).toBe(most * 72 + 1);
    expect(kept(most + 1)).toBe('');
  });

  it('refused beyond what is kept whole keeps its known fields and short values', () => {
    const value = { id: 'e', resource: 'r'.repeat(62), source: 's'.repeat(63), seq: 7, f: 1 };
    const sent = { ...value, actorId: 'amy', attributes: { a: 'x'.repeat(60) } };
    const kept = JSON.parse(describeRefused(sent, 'v', pseudonyms, true));
    const { f: _, ...known } = value;
    const actorId = expect.stringMatching(/^[0-9a-f]{16}$/);
    expect(kept).toEqual({ ...known, source: null, actorId, attributes: null });
  });

  it('refused for a shifted column keeps no value that its field does not admit (I-54)', () => {
    const shifted = {
      id: 'e',
      smeId: 'amy@example.com',
      occurredAt: 'amy',
      seq: 'amy',
      actorRole: 'amy',
    };
    expect(describeRefused(shifted, 'v', pseudonyms)).not.toMatch(PERSONAL);
  });

  it('refused with a name of the prototype is kept as data', () => {
    const kept = describeRefused(JSON.parse('{"__proto__":{"a":1},"id":"e"}'), 'v', pseudonyms);
    expect(kept).toBe('{"__proto__":null,"id":"e"}');
  });
});
