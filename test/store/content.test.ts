import { describe, expect, it } from 'vitest';
import { contentsOf } from '../../store/content.ts';
import { type EventFields, eventText } from '../../store/eventText.ts';
import { batchCells, rowTail, stagedRow } from '../../store/stagedRow.ts';
import { useDatabase } from '../helpers/database.ts';

const test = useDatabase({ migrated: false });

const EVENT: EventFields = {
  solutionId: 's',
  smeId: '12345675',
  actor: '15438255040002830638',
  actorRole: 'staff',
  action: 'create',
  occurredAtMs: Date.parse('2023-04-15T01:30:00Z'),
  source: 'pos',
  sourceSeq: 3,
  sessionId: 'x',
  resource: 'r',
  attributes: '{"a":"1","b":"2"}',
  address: '5408989720749508316',
};

/** The contents of events, in the order asked. */
async function contents(events: readonly Partial<EventFields>[], from = 1): Promise<string[]> {
  const common = batchCells({ vendorId: 'v', batchId: `b${from}`, receivedAtMs: from });
  const lines = events.map((fields, i) =>
    stagedRow(
      from + i,
      common,
      rowTail({ eventId: `e${from + i}`, text: eventText({ ...EVENT, ...fields }) }),
    ),
  );
  const found = await contentsOf(test.db, lines);
  return events.map((_, i) => found.get(from + i) ?? 'missing');
}

describe('the content of an event', () => {
  it.each<[string, Partial<EventFields>]>([
    ['solutionId', { solutionId: 's2' }],
    ['smeId', { smeId: '04595257' }],
    ['actorId', { actor: '1' }],
    ['actorRole', { actorRole: 'owner' }],
    ['action', { action: 'click' }],
    ['occurredAt by 1 ms', { occurredAtMs: EVENT.occurredAtMs + 1 }],
    ['source', { source: 'web' }],
    ['source left out', { source: '' }],
    ['seq', { sourceSeq: 4 }],
    ['seq left out', { sourceSeq: null }],
    ['sessionId', { sessionId: 'y' }],
    ['resource', { resource: 'q' }],
    ['resource by a tab', { resource: 'r\t' }],
    ['ip', { address: '2' }],
    ['ip left out', { address: '0' }],
    ['attributes', { attributes: '{"a":"1","b":"3"}' }],
    ['attributes left out', { attributes: '' }],
  ])('differs where %s differs', async (_, fields) => {
    const [one, other] = await contents([{}, fields]);
    expect(one).toMatch(/^\d{1,39}$/);
    expect(other).not.toBe(one);
  });

  it('is the same for what says the same, under another id, in another request', async () => {
    expect(await contents([{}], 7)).toEqual(await contents([{}]));
  });

  it('does not let one field run into the next, nor none be 0', async () => {
    const alike = await contents([
      { source: 'a', sessionId: 'bc' },
      { source: 'ab', sessionId: 'c' },
      { source: '', sessionId: 'abc' },
      { sourceSeq: null },
      { sourceSeq: 0 },
    ]);
    expect(new Set(alike).size).toBe(alike.length);
  });

  it('is for ever, of few events and of many: what is stored was made in the same way', async () => {
    const golden = '250579552444028029422625544353493845380';
    expect(await contents([{}])).toEqual([golden]);
    expect(new Set(await contents(Array.from({ length: 300 }, () => ({}))))).toEqual(
      new Set([golden]),
    );
  });
});
