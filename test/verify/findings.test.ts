import { describe, expect, it } from 'vitest';
import { graceEnd } from '../../core/judge.ts';
import type { Order } from '../../core/registry.ts';
import { DAY_MS } from '../../core/time.ts';
import { closeOrders } from '../../verify/close.ts';
import { Months } from '../../verify/months.ts';
import { humanTimes } from '../authenticity/fabricate.ts';
import { useDatabase } from '../helpers/database.ts';
import { insertRejects } from '../helpers/rejects.ts';
import { seededRandom } from '../helpers/spoolFsRandom.ts';
import { insertEvents, type StoredEvent } from '../helpers/storedEvents.ts';
import { at, order, registryOf, solutionEntries, storedEvent } from '../helpers/world.ts';

const test = useDatabase();
const names = ['a', 'b', 'c', 'd', 'e'];
const registry = registryOf([
  ...names.flatMap((name) =>
    solutionEntries(name, {
      normalFlow: { allOf: [{ metric: 'interactions', per: 'month', atLeast: 16 }] },
    }),
  ),
  ...solutionEntries('f', {
    normalFlow: { allOf: [{ metric: 'interactions', per: 'week', atLeast: 10 }] },
  }),
  ...solutionEntries('g', {
    normalFlow: { allOf: [{ metric: 'interactions', per: 'month', atLeast: 20 }] },
  }),
]);

let firms = 0;

/** A firm with an order from 2023-04-15 at the solution of that name. */
function firmOf(name: string): Order {
  firms += 1;
  const smeId = String(40_000_000 + firms);
  return order(`order-${firms}`, name, { smeId, contractMonths: 4 });
}

function event(of: Order, when: number, fields: Partial<StoredEvent> = {}): StoredEvent {
  const { solutionId, smeId, vendorId } = of;
  const actor = BigInt(smeId);
  return storedEvent({ vendorId, solutionId, smeId, actor, occurredAtMs: when, ...fields });
}

/** One use a day, the times of day all over the place. */
function uses(of: Order, count: number, fields: Partial<StoredEvent> = {}): StoredEvent[] {
  const off = Number(of.smeId) % 97;
  return Array.from({ length: count }, (_, i) => {
    const minutes = 480 + ((i * i * 37 + i * off * 53) % 600);
    return event(of, at('2023-04-16') + i * DAY_MS + minutes * 60_000, fields);
  });
}

/** So many uses like a person's. */
function human(of: Order, count: number, from: string, to: string, fields = {}): StoredEvent[] {
  return humanTimes(seededRandom(Number(of.smeId) + count), count, {
    startMs: at(from),
    endExclusiveMs: at(to),
  }).map((t) => event(of, t, fields));
}

/** The first month's state and findings, sealed as of the day after its grace. */
async function sealed(of: Order, alsoClosed: readonly Order[] = []) {
  const asOfMs = at('2023-05-23');
  const closing = { verificationId: 'v', asOfMs, sealedAtMs: asOfMs, simulated: true };
  const orders = [of, ...alsoClosed];
  await closeOrders({ db: test.db, registry }, orders, { ...closing, loadedUntilMs: asOfMs });
  const [answer] = await new Months(test.db, registry, true).monthsOf([of], asOfMs);
  const month = answer?.months[0];
  if (month === undefined) throw new Error('no month');
  return { state: month.state, findings: month.findings };
}

const codes = ({ findings }: Awaited<ReturnType<typeof sealed>>) =>
  findings.map((f) => `${f.code} ${f.severity}`);

describe('a finding of a month', () => {
  it('is the same whatever came after its grace had ended (I-139)', async () => {
    const [first, second] = [firmOf('a'), firmOf('b')];
    const graceEndMs = graceEnd({ start: first.contractStart, endExclusive: MAY_15 }, 7);
    const receivedAtMs = graceEndMs - 1;
    const log = [...uses(first, 10), ...uses(first, 8, { receivedAtMs })];
    const again = log.map((e) => event(second, e.occurredAtMs, { receivedAtMs: e.receivedAtMs }));
    await insertEvents(test.db, log);
    const before = await sealed(first);
    expect(before.state).toBe('held');
    expect(codes(before)).toEqual(['back_dated high']);
    // The same log at another vendor, and after the grace: more of it, other firms with the same
    // people, the same stream at another firm, and an id in conflict.
    const other = firmOf('b');
    const copy = { receivedAtMs: graceEndMs };
    await insertEvents(test.db, [
      ...again,
      ...uses(second, 20, copy),
      ...['50000001', '50000002', '50000003'].flatMap((smeId) =>
        uses(second, 20, { ...copy, smeId }),
      ),
      ...uses({ ...second, smeId: other.smeId }, 20, copy),
    ]);
    await conflict(second, '2023-05-01T10:00:00+08:00', graceEndMs);
    expect(await sealed(second, [other])).toEqual(before);
  });

  it('says that an id came with other content before the grace had ended', async () => {
    const of = firmOf('c');
    const graceEndMs = graceEnd({ start: of.contractStart, endExclusive: MAY_15 }, 7);
    await insertEvents(test.db, uses(of, 18));
    await conflict(of, '2023-04-14T23:59:59+08:00', graceEndMs - 1);
    await conflict(of, '2023-05-15T00:00:00+08:00', graceEndMs - 1);
    await conflict(of, '2023-05-14T23:59:59+08:00', graceEndMs - 1);
    await conflict(of, '2023-05-14T23:59:59+08:00', graceEndMs - 1);
    const { state, findings } = await sealed(of);
    expect(state).toBe('met');
    expect(findings).toMatchObject([
      { code: 'id_conflict', severity: 'low', figures: { versions: 1 } },
    ]);
  });

  it('says that the firm used the solution before the contract, to the millisecond', async () => {
    const [before, since] = [firmOf('d'), firmOf('d')];
    await insertEvents(test.db, [
      ...uses(before, 18),
      event(before, at('2023-04-15') - 1),
      ...uses(since, 18),
      event(since, at('2023-04-15')),
      event(since, at('2023-04-14 12:00:00'), { actorRole: 'vendor' }),
    ]);
    expect((await sealed(before)).findings).toMatchObject([
      { code: 'existing_customer', figures: { usesBefore: 1, firstUse: '2023-04-14' } },
    ]);
    expect((await sealed(since)).findings).toEqual([]);
  });

  it('holds firms that one person uses, where three have that person (I-137)', async () => {
    const clerk = { actor: 9n };
    const three = [firmOf('e'), firmOf('e'), firmOf('e')];
    await insertEvents(
      test.db,
      three.flatMap((of) => uses(of, 18, clerk)),
    );
    for (const of of three) {
      const { state, findings } = await sealed(of);
      expect(state).toBe('held');
      expect(findings).toContainEqual(
        expect.objectContaining({ code: 'shared_actor', severity: 'high' }),
      );
    }
  });
  it('holds a month far above its threshold, where one week or one log in bulk hides what it needs (I-144)', async () => {
    const receivedAtMs = at('2023-05-15 01:00:00');
    const [week, bulk] = [firmOf('f'), firmOf('g')];
    await insertEvents(test.db, [
      // Three weeks of real use; the empty one is filled once it is known to be lacking.
      ...human(week, 60, '2023-04-15', '2023-04-24'),
      ...human(week, 61, '2023-04-24', '2023-05-01'),
      ...human(week, 62, '2023-05-08', '2023-05-15'),
      ...human(week, 32, '2023-05-01', '2023-05-08', { receivedAtMs }),
      // All of it afterwards, beside more logins in time.
      ...human(bulk, 62, '2023-04-15', '2023-05-15', { receivedAtMs }),
      ...Array.from({ length: 70 }, () =>
        event(bulk, at('2023-04-20 10:00:00'), { action: 'login', actor: 99n }),
      ),
    ]);
    for (const of of [week, bulk]) {
      const month = await sealed(of);
      expect(codes(month)).toEqual(['back_dated high']);
      expect(month.state).toBe('held');
    }
  });

  it('holds a month far above its threshold, of which a timer fills the week that it needs (I-144)', async () => {
    const of = firmOf('f');
    const timer = Array.from({ length: 32 }, (_, i) =>
      event(of, at('2023-05-02 09:00:00') + Math.floor(i / 8) * DAY_MS + (i % 8) * 3_000_000),
    );
    await insertEvents(test.db, [
      ...human(of, 42, '2023-04-15', '2023-04-24'),
      ...human(of, 41, '2023-04-24', '2023-05-01'),
      ...timer,
      ...human(of, 40, '2023-05-08', '2023-05-15'),
    ]);
    expect(codes(await sealed(of))).toEqual(['regular_intervals high']);
  });
});

const MAY_15 = order('o', 'a', { contractStart: '2023-05-15' }).contractStart;

let rejects = 0;

async function conflict(of: Order, occurredAt: string, receivedAtMs: number): Promise<void> {
  rejects += 1;
  const { vendorId, solutionId, smeId } = of;
  await insertRejects(test.db, [
    {
      batchId: `r${rejects}`,
      vendorId,
      index: 0,
      id: 'same',
      code: 'id_conflict',
      detail: '',
      receivedAtMs,
      event: JSON.stringify({ id: 'same', solutionId, smeId, occurredAt }),
    },
  ]);
}
