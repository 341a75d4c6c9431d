import { expect, it } from 'vitest';
import { DAY_MS } from '../../core/time.ts';
import { closeOrders } from '../../verify/close.ts';
import { Months } from '../../verify/months.ts';
import { humanTimes } from '../authenticity/fabricate.ts';
import { useDatabase } from '../helpers/database.ts';
import { seededRandom } from '../helpers/spoolFsRandom.ts';
import { insertEvents, type StoredEvent } from '../helpers/storedEvents.ts';
import { at, order, registryOf, solutionEntries, storedEvent } from '../helpers/world.ts';

const test = useDatabase();
const SPAN = { startMs: at('2023-04-15'), endExclusiveMs: at('2023-05-15') };
const FIRMS = 25;
const USES = 60;
/** As many as a month has that does nothing else, or so many that rhythm alone tells of it. */
const AT_LEAST = { near: 40, far: 15 };

/** The first month of those that have the stream, each moved by so much more than the one before. */
async function statesOf(name: string, having: number, atLeast: number, movedMs: number) {
  const normalFlow = {
    allOf: [{ metric: 'interactions' as const, per: 'month' as const, atLeast }],
  };
  const registry = registryOf(solutionEntries(name, { normalFlow }));
  const orders = Array.from({ length: FIRMS }, (_, i) =>
    order(`${name}-${i}`, name, { smeId: String(40_000_000 + i), contractMonths: 4 }),
  );
  const one = humanTimes(seededRandom(400), USES, SPAN);
  const log = orders.flatMap(({ vendorId, solutionId, smeId }, i): StoredEvent[] => {
    const times =
      i < having
        ? one.map((t) => t + i * movedMs).filter((t) => t < SPAN.endExclusiveMs)
        : humanTimes(seededRandom(2_000 + i), USES, SPAN);
    const who = { vendorId, solutionId, smeId, actor: BigInt(smeId) };
    return times.map((occurredAtMs) => storedEvent({ ...who, occurredAtMs }));
  });
  await insertEvents(test.db, log);
  const asOfMs = at('2023-05-23');
  const closing = { verificationId: 'v', asOfMs, sealedAtMs: asOfMs, simulated: true };
  await closeOrders({ db: test.db, registry }, orders, { ...closing, loadedUntilMs: asOfMs });
  const answers = await new Months(test.db, registry, true).monthsOf(orders, asOfMs);
  return answers.map(({ months }) => {
    const copied = months[0]?.findings.find((f) => f.code === 'copied_stream');
    return `${months[0]?.state} ${copied?.severity ?? '-'}`;
  });
}

it.each([12, 13, 15, 20, 25])(
  'one stream at %d of 25 firms is held at each of them (I-189)',
  async (having) => {
    const expected = [...Array(having).fill('held high'), ...Array(FIRMS - having).fill('met -')];
    expect(await statesOf(`same${having}`, having, AT_LEAST.near, 0)).toEqual(expected);
  },
);

it('also where each has it moved, or more than three times what its rule asks (I-189)', async () => {
  const held = Array(20).fill('held high');
  const moved = await statesOf('moved', 20, AT_LEAST.near, DAY_MS / 24 + 7_000);
  expect(moved.slice(0, 20)).toEqual(held);
  const far = await statesOf('far', 20, AT_LEAST.far, 0);
  expect(far.slice(0, 20)).toEqual(held);
});
