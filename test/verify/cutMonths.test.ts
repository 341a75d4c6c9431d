import { describe, expect, it } from 'vitest';
import type { Order } from '../../core/registry.ts';
import type { ReviewDecision } from '../../core/review.ts';
import { insertReview } from '../../store/reviews.ts';
import { closeOrders } from '../../verify/close.ts';
import { Months } from '../../verify/months.ts';
import { Reopener } from '../../verify/reopen.ts';
import { Trials } from '../../verify/trials.ts';
import { rowsOf, useDatabase } from '../helpers/database.ts';
import { insertEvents } from '../helpers/storedEvents.ts';
import {
  at,
  order,
  orderEntry,
  registryOf,
  solutionEntries,
  storedEvent,
} from '../helpers/world.ts';

/** Sealed months that an early end cuts afterwards: the first of an order, 2023-04-15 to 05-15. */
const test = useDatabase();
const registry = registryOf(solutionEntries('a'));
const months = () => new Months(test.db, registry, true);

const until = (of: Order, date: string) =>
  order(of.orderId, 'a', { smeId: of.smeId, termination: { date, reason: 'r' } });

async function close(of: Order, asOf: string, sealedAt = asOf): Promise<number> {
  const closing = { verificationId: `closing ${asOf}`, simulated: true, loadedUntilMs: at(asOf) };
  const times = { asOfMs: at(asOf), sealedAtMs: at(sealedAt) };
  return closeOrders({ db: test.db, registry }, [of], { ...closing, ...times });
}

let said = 0;
async function say(of: Order, decision: ReviewDecision, when: string, revision = 1) {
  said += 1;
  const { orderId } = of;
  const review = { reviewId: `r${said}`, orderId, month: 1, revision, decision, number: said };
  await insertReview(test.db, { ...review, reason: `because ${said}`, by: 'k', atMs: at(when) });
  return review.reviewId;
}

async function reopen(of: Order, when: string, revision = 1): Promise<void> {
  const reviewId = await say(of, 'reopen', when, revision);
  const reopener = new Reopener({
    db: test.db,
    registry,
    simulated: true,
    loadedUntilMs: async () => at(when),
  });
  await reopener.reopen({ order: of, month: 1, reviewId, atMs: at(when) });
}

/** An order whose firm used the solution on 2023-05-01, each use received at its own time. */
async function used(orderId: string, smeId: string, received: readonly string[]): Promise<Order> {
  const occurredAtMs = at('2023-05-01 12:00:00');
  const use = { solutionId: 's-a', smeId, actor: BigInt(smeId), occurredAtMs };
  await insertEvents(
    test.db,
    received.map((when) => storedEvent({ ...use, receivedAtMs: at(when) })),
  );
  return order(orderId, 'a', { smeId });
}
const IN_TIME = '2023-05-13 12:00:00';

/** State, events, claimable, revision and review of the first month. */
async function brief(of: Order, asOf: string): Promise<string> {
  const [answer] = await months().monthsOf([of], at(asOf));
  const month = answer?.months[0];
  if (month === undefined) throw new Error('no answer');
  const { state, totals, claimable, seal, review } = month;
  const stands = `${seal?.revision ?? '-'} ${review?.decision ?? '-'}`;
  return `${state} ${totals.events} ${claimable} ${stands}`;
}

async function limitOf(of: Order, asOf: string): Promise<number | undefined> {
  return (await months().termsOf(of, at(asOf)))[0]?.countedUntilMs;
}

describe('what was said of a month that an early end cuts', () => {
  it('stands on: as the month is computed, and as it is sealed next (I-165)', async () => {
    const of = await used('rejected', '10000001', [IN_TIME, IN_TIME]);
    await close(of, '2023-06-01');
    await say(of, 'reject', '2023-06-10');
    const cut = until(of, '2023-05-14');
    expect(await brief(cut, '2023-06-09 23:59:59.999')).toBe('met 2 true - -');
    expect(await brief(cut, '2023-06-10')).toBe('met 2 false - reject');
    expect(await close(cut, '2023-06-20')).toBe(1);
    expect(await brief(cut, '2023-06-19 23:59:59.999')).toBe('met 2 false - reject');
    expect(await brief(cut, '2023-06-20')).toBe('met 2 false 2 reject');
    const all = await months().revisionsOf(cut, 1, at('2023-06-20'));
    const reviews = all.map((r) => `${r.decision.review?.decision} ${r.reviews.length}`);
    expect(reviews).toEqual(['reject 1', 'reject 0']);
    await say(cut, 'accept', '2023-06-21', 2);
    expect(await brief(cut, '2023-06-21')).toBe('met 2 true 2 accept');
    // The end was entered wrongly and is taken back: the whole month is computed again.
    expect(await brief(of, '2023-06-21')).toBe('met 2 true - -');
  });

  it('stands no longer than what was accepted: what is left is looked at again (I-165)', async () => {
    const of = await used('accepted', '10000002', [IN_TIME]);
    await close(of, '2023-06-01');
    await say(of, 'accept', '2023-06-10');
    const cut = until(of, '2023-05-14');
    expect(await brief(of, '2023-06-10')).toBe('short 1 true 1 accept');
    expect(await brief(until(of, '2023-05-15'), '2023-06-15')).toBe('short 1 true 1 accept');
    expect(await brief(cut, '2023-06-10')).toBe('short 1 false - -');
    await close(cut, '2023-06-20');
    expect(await brief(cut, '2023-06-20')).toBe('short 1 false 2 -');
    await say(cut, 'accept', '2023-06-21', 2);
    expect(await brief(cut, '2023-06-21')).toBe('short 1 true 2 accept');
    expect(await brief(until(of, '2023-04-30'), '2023-06-22')).toBe('silent 0 false - -');
  });

  it('is not said of a month that has not ended with its grace (I-165)', async () => {
    const of = await used('longer', '10000003', [IN_TIME]);
    const cut = until(of, '2023-05-02');
    await close(cut, '2023-05-09');
    await say(cut, 'reject', '2023-05-10');
    expect(await brief(cut, '2023-05-10')).toBe('silent 0 false 1 reject');
    // The end is moved: the month lasts on, and is rejected when it is over.
    expect(await brief(of, '2023-05-14 23:59:59')).toBe('open 1 false - -');
    expect(await brief(of, '2023-05-21 23:59:59')).toBe('pending 1 false - -');
    expect(await brief(of, '2023-05-22')).toBe('short 1 false - reject');
  });

  it('is cleared by a reopening, before the cut or after it, and by none that made no seal (I-165)', async () => {
    const of = await used('cleared', '10000004', [IN_TIME, IN_TIME]);
    await close(of, '2023-06-01');
    await say(of, 'reject', '2023-06-02');
    await reopen(of, '2023-06-03');
    const cut = until(of, '2023-05-14');
    expect(await brief(cut, '2023-06-02')).toBe('met 2 false - reject');
    expect(await brief(cut, '2023-06-03')).toBe('met 2 true - -');
    await close(cut, '2023-06-04');
    expect(await brief(cut, '2023-06-04')).toBe('met 2 true 3 -');
    await say(cut, 'reject', '2023-06-05', 3);
    await say(cut, 'reopen', '2023-06-06', 3);
    const again = until(of, '2023-05-13');
    expect(await brief(again, '2023-06-06')).toBe('met 2 false - reject');
    await close(again, '2023-06-07');
    expect(await brief(again, '2023-06-07')).toBe('met 2 false 4 reject');
    await reopen(again, '2023-06-08', 4);
    expect(await brief(again, '2023-06-08')).toBe('met 2 true 5 -');
    expect(await brief(again, '2023-06-07 23:59:59.999')).toBe('met 2 false 4 reject');
  });
});

describe('what a reopening admitted to a month that an early end cuts', () => {
  it('counts on: as the month is computed, and as it is sealed next (I-165)', async () => {
    const times = [IN_TIME, '2023-07-01 11:59:59.999', '2023-07-01 12:00:00'];
    const of = await used('admitted', '10000005', times);
    await close(of, '2023-06-01');
    await reopen(of, '2023-07-01 12:00:00');
    const cut = until(of, '2023-05-14');
    const told = async (asOf: string) => {
      const weeks = await months().weeksOf(cut, at(asOf));
      const events = weeks.reduce((sum, w) => sum + w.totals.events, 0);
      return [await brief(cut, asOf), events, await limitOf(cut, asOf)];
    };
    const limit = at('2023-07-01 12:00:00');
    expect(await told('2023-07-01 11:59:59.999')).toEqual([
      'short 1 false - -',
      1,
      at('2023-05-22'),
    ]);
    expect(await told('2023-07-02')).toEqual(['met 2 true - -', 2, limit]);
    await close(cut, '2023-07-03');
    expect(await told('2023-07-03')).toEqual(['met 2 true 3 -', 2, limit]);
    const all = await months().revisionsOf(cut, 1, at('2023-07-03'));
    const [, second, third] = all;
    expect(third).toMatchObject({
      countedUntil: '2023-07-01T12:00:00.000+08:00',
      previous: second?.decision.seal?.digest,
      reopening: null,
    });
    expect(second?.reopening).not.toBeNull();
  });

  it('is judged by the same events in a calibration (I-165)', async () => {
    const of = await used('trial', '10000006', [IN_TIME, '2023-06-20']);
    await close(of, '2023-06-01');
    await reopen(of, '2023-07-01');
    const termination = { date: '2023-05-14', reason: 'r' };
    const entry = orderEntry('trial', 'a', { smeId: of.smeId, termination });
    const cut = registryOf([...solutionEntries('a'), entry]);
    const solution = cut.solution('s-a');
    if (solution === undefined) throw new Error('no solution');
    const trials = new Trials(test.db, cut, new Months(test.db, cut, true));
    const { calibration } = await trials.calibrationOf(solution, at('2023-07-02'));
    expect(calibration).toMatchObject({ months: 1, monthsPassing: 1 });
  });

  it('is not sealed anew as of a day before it was admitted (I-165)', async () => {
    const of = await used('early', '10000007', [IN_TIME, '2023-06-20']);
    await close(of, '2023-06-01');
    await reopen(of, '2023-07-01');
    const cut = until(of, '2023-05-14');
    expect(await close(cut, '2023-06-30 23:59:59.999', '2023-07-02')).toBe(0);
    expect(await close(cut, '2023-07-01', '2023-07-02')).toBe(1);
    expect(await brief(cut, '2023-07-02')).toBe('met 2 true 3 -');
  });

  it('never ends before the grace of a month that an end entered anew makes longer (I-165)', async () => {
    const of = await used('moved', '10000008', [IN_TIME, '2023-05-21 23:59:59.999', '2023-05-22']);
    const cut = until(of, '2023-05-02');
    await close(cut, '2023-05-09');
    await reopen(cut, '2023-05-10');
    expect(await brief(of, '2023-05-22')).toBe('met 2 true - -');
    await close(of, '2023-05-23');
    expect(await brief(of, '2023-05-23')).toBe('met 2 true 3 -');
    // The reopening lies in that grace, by which the month counts now: the seal names no other limit.
    const [, , third] = await months().revisionsOf(of, 1, at('2023-05-23'));
    expect(third?.countedUntil).toBeNull();
    expect(await limitOf(cut, '2023-05-24')).toBe(at('2023-05-22'));
  });
});

describe('what the seal of a longer month counted', () => {
  const IN_GRACE = '2023-05-21 23:59:59.999';
  const LIMIT = '2023-05-22T00:00:00.000+08:00';

  it('counts on in what an early end leaves: as it is computed, and as it is sealed next (I-175)', async () => {
    const of = await used('long', '10000010', [IN_GRACE, IN_GRACE, '2023-05-22']);
    await close(of, '2023-06-01');
    expect(await brief(of, '2023-06-01')).toBe('met 2 true 1 -');
    const told = async (cut: Order, asOf: string) => {
      const weeks = await months().weeksOf(cut, at(asOf));
      const events = weeks.reduce((sum, w) => sum + w.totals.events, 0);
      return [await brief(cut, asOf), events, await limitOf(cut, asOf)];
    };
    const limit = at('2023-05-22');
    const cut = until(of, '2023-05-10');
    expect(await told(cut, '2023-06-02')).toEqual(['met 2 true - -', 2, limit]);
    // Before that seal nothing admits them.
    expect(await told(cut, '2023-05-31')).toEqual(['silent 0 false - -', 0, at('2023-05-17')]);
    expect(await close(cut, '2023-05-21', '2023-06-02')).toBe(0);
    expect(await close(cut, '2023-05-22', '2023-06-03')).toBe(1);
    expect(await told(cut, '2023-06-03')).toEqual(['met 2 true 2 -', 2, limit]);
    // The end is moved again: what was sealed of the longest span still counts.
    const again = until(of, '2023-05-02');
    expect(await told(again, '2023-06-04')).toEqual(['met 2 true - -', 2, limit]);
    await close(again, '2023-06-05');
    expect(await told(again, '2023-06-05')).toEqual(['met 2 true 3 -', 2, limit]);
    const all = await months().revisionsOf(again, 1, at('2023-06-05'));
    expect(all.map((r) => r.countedUntil)).toEqual([null, LIMIT, LIMIT]);
    // It is taken back: the month counts to its own grace alone, and its seal names no other.
    await close(of, '2023-06-06');
    expect(await told(of, '2023-06-06')).toEqual(['met 2 true 4 -', 2, limit]);
    const [, , , last] = await months().revisionsOf(of, 1, at('2023-06-06'));
    expect(last?.countedUntil).toBeNull();
  });

  it('is not in doubt for having come after an end that nobody knew of (I-175)', async () => {
    const of = order('bulk', 'a', { smeId: '10000015' });
    const sent = Array.from({ length: 10 }, (_, day) =>
      storedEvent({
        solutionId: 's-a',
        smeId: of.smeId,
        occurredAtMs: at(`2023-04-${17 + day} 0${day}:${10 + 3 * day}:00`),
        receivedAtMs: at('2023-05-10 12:00:00'),
      }),
    );
    await insertEvents(test.db, sent);
    await close(of, '2023-06-01');
    expect(await brief(of, '2023-06-01')).toBe('met 10 true 1 -');
    const cut = until(of, '2023-05-01');
    await close(cut, '2023-06-02');
    expect(await brief(cut, '2023-06-02')).toBe('met 10 true 2 -');
  });

  it('is judged by the same events in a calibration (I-175)', async () => {
    const of = await used('longTrial', '10000011', [IN_GRACE, IN_GRACE]);
    await close(of, '2023-06-01');
    const termination = { date: '2023-05-02', reason: 'r' };
    const entry = orderEntry('longTrial', 'a', { smeId: of.smeId, termination });
    const cut = registryOf([...solutionEntries('a'), entry]);
    const solution = cut.solution('s-a');
    if (solution === undefined) throw new Error('no solution');
    const trials = new Trials(test.db, cut, new Months(test.db, cut, true));
    const { calibration } = await trials.calibrationOf(solution, at('2023-06-02'));
    expect(calibration).toMatchObject({ months: 1, monthsPassing: 1 });
  });

  it('admits nothing to a month that was never sealed longer (I-175)', async () => {
    const of = await used('never', '10000012', [IN_GRACE, IN_GRACE]);
    const cut = until(of, '2023-05-02');
    expect(await brief(cut, '2023-06-01')).toBe('silent 0 false - -');
    await close(cut, '2023-06-01');
    expect(await brief(cut, '2023-06-01')).toBe('silent 0 false 1 -');
    expect(await limitOf(cut, '2023-06-01')).toBe(at('2023-05-09'));
  });
});

describe('a month that was neither reviewed nor reopened', () => {
  it('is sealed anew with its limit, and nothing more in its seal than before', async () => {
    const of = await used('plain', '10000009', [IN_TIME, IN_TIME]);
    await close(of, '2023-06-01');
    await close(until(of, '2023-05-14'), '2023-06-20');
    const sealed = await rowsOf<{ result: string }>(
      test.db,
      "SELECT result FROM month_results_v1 WHERE order_id = 'plain' ORDER BY month, revision",
    );
    const [first, second] = sealed.map(({ result }) => Object.keys(JSON.parse(result)));
    expect(second).toEqual([...(first ?? []), 'countedUntil', 'previous'].sort());
  });
});
