import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endOfCheckpoint, periodOf } from '../../core/cases.ts';
import { contractOf } from '../../core/contract.ts';
import { coprosperity2023 } from '../../core/programmes/coprosperity2023.ts';
import { type FlowSpan, flowSpans } from '../../core/rosterFlow.ts';
import { addDays, civilDate } from '../../core/time.ts';
import {
  ACCEPTED,
  aCase,
  aSolution,
  caseOrder,
  caseOrderOf,
  day,
  HELD,
  monthsWith,
  PER_MONTH,
  REJECTED,
} from './caseInput.ts';

const STAGES = coprosperity2023.cases.checkpoints.map(endOfCheckpoint);
const LATER = day('2024-06-01');

function spans(
  orders: Parameters<typeof flowSpans>[0],
  theCase = aCase(),
  asOfMs = LATER,
): FlowSpan[] {
  return flowSpans(orders, periodOf(theCase), STAGES, asOfMs);
}

/** "order stage from–until". */
function told(found: readonly FlowSpan[]): string[] {
  return found.map((s) => `${s.orderId} ${s.stage} ${s.start}–${s.endExclusive}`);
}

describe('the days of a case', () => {
  it('are those of each contract month, cut at the day after a checkpoint', () => {
    expect(told(spans([caseOrderOf(caseOrder('a'))]))).toEqual([
      'a 0 2023-05-01–2023-06-01',
      'a 0 2023-06-01–2023-07-01',
      'a 0 2023-07-01–2023-07-16',
      'a 1 2023-07-16–2023-08-01',
      'a 1 2023-08-01–2023-09-01',
    ]);
  });

  it.each([
    ['2023-05-30', '2023-11-30', '2023-05-30', '2023-09-01'],
    ['2023-04-10', '2023-07-31', '2023-05-01', '2023-08-01'],
    ['2023-04-10', '2023-05-01', '2023-05-01', '2023-05-02'],
  ])('of a case from %s to %s are from %s, before %s', (periodStart, periodEnd, first, end) => {
    const theCase = aCase({ periodStart: civilDate(periodStart), periodEnd: civilDate(periodEnd) });
    const found = spans([caseOrderOf(caseOrder('a'))], theCase);
    expect([found[0]?.start, found.at(-1)?.endExclusive]).toEqual([first, end]);
  });

  it('end with the programme on 2023-11-30, whatever case and contract say', () => {
    const order = caseOrder('a', { contractStart: civilDate('2023-10-01'), contractMonths: 12 });
    const found = spans([caseOrderOf(order)], aCase({ periodEnd: civilDate('2024-12-31') }));
    expect(found.at(-1)?.endExclusive).toBe('2023-12-01');
  });

  it('end with a contract that ended early', () => {
    const termination = { date: civilDate('2023-06-10'), reason: '不合用' };
    const found = spans([caseOrderOf(caseOrder('a', { termination }))]);
    expect(told(found)).toEqual(['a 0 2023-05-01–2023-06-01', 'a 0 2023-06-01–2023-06-10']);
  });

  it('belong to the order that began first where two of a firm have the same tool', () => {
    const second = caseOrder('a', { contractStart: civilDate('2023-06-15') });
    const found = spans([caseOrderOf(second), caseOrderOf(caseOrder('b'))]);
    expect(told(found).filter((s) => s.startsWith('a'))).toEqual([
      'a 1 2023-09-01–2023-09-15',
      'a 1 2023-09-15–2023-10-15',
    ]);
    const other = caseOrder('c', { contractStart: civilDate('2023-06-15'), smeId: '04595257' });
    expect(spans([caseOrderOf(other), caseOrderOf(caseOrder('b'))])).toHaveLength(10);
  });
});

describe('the days of a month that was doubted', () => {
  const whole = caseOrderOf(caseOrder('a'));
  const june = (changes: typeof HELD) => ({
    ...whole,
    months: monthsWith(whole.months, 2, changes),
  });

  it('count where it is held or accepted, and nowhere where it is rejected (I-190)', () => {
    for (const changes of [HELD, ACCEPTED]) expect(spans([june(changes)])).toEqual(spans([whole]));
    expect(told(spans([june(REJECTED)]))).toEqual([
      'a 0 2023-05-01–2023-06-01',
      'a 0 2023-07-01–2023-07-16',
      'a 1 2023-07-16–2023-08-01',
      'a 1 2023-08-01–2023-09-01',
    ]);
  });

  it('are not handed to another order of the firm for the tool', () => {
    const second = caseOrderOf(caseOrder('b', { contractStart: civilDate('2023-06-15') }));
    const found = told(spans([june(REJECTED), second])).filter((s) => s.startsWith('b'));
    expect(found).toEqual(['b 1 2023-09-01–2023-09-15', 'b 1 2023-09-15–2023-10-15']);
  });
});

describe('two orders of a firm for the same tool', () => {
  const first = caseOrderOf(caseOrder('b'));
  it.each([
    ['2023-04-20', 'b 1 2023-08-20–2023-09-01', 'a'],
    // Both began on one day: the lower id has it.
    ['2023-05-01', 'a 1 2023-08-01–2023-09-01', 'a'],
    ['2023-05-02', 'b 1 2023-08-01–2023-09-01', 'b'],
  ])('of which one begins on %s share no day, however they are listed', (start, days, owner) => {
    const second = caseOrderOf(caseOrder('a', { contractStart: civilDate(start) }));
    const found = told(spans([first, second]));
    expect(told(spans([second, first]))).toEqual(found);
    expect(found[0]?.startsWith(owner)).toBe(true);
    expect(found).toContain(days);
  });
});

describe('what is in time for a day', () => {
  it.each([
    ['2024-06-01', ['2023-06-08', '2023-07-08', '2023-08-08', '2023-08-08', '2023-09-08']],
    ['2023-07-10', ['2023-06-08', '2023-07-08', '2023-07-10', '2023-07-10', '2023-07-10']],
  ])('is what came before the grace of its month ended, and before asOf %s', (asOf, want) => {
    const found = spans([caseOrderOf(caseOrder('a'))], aCase(), day(asOf));
    expect(found.map((s) => s.receivedBeforeMs)).toEqual(want.map(day));
  });

  it('is what came before its reopening where a month was reopened', () => {
    const limits = ['2023-12-01', '2023-07-08', '2023-08-08', '2023-09-08'].map(day);
    const solution = aSolution(['2020-01-01', PER_MONTH]);
    const terms = limits.flatMap((countedUntilMs) =>
      solution.versions.map((version) => ({ countedUntilMs, version })),
    );
    const order = { ...caseOrderOf(caseOrder('a'), solution), terms };
    const found = (asOf: string) =>
      spans([order], aCase(), day(asOf)).map((s) => s.receivedBeforeMs);
    expect(found('2024-06-01')[0]).toBe(day('2023-12-01'));
    expect(found('2023-11-01')[0]).toBe(day('2023-11-01'));
    expect(found('2024-06-01').slice(1)).toEqual(
      ['2023-07-08', '2023-08-08', '2023-08-08', '2023-09-08'].map(day),
    );
  });

  it('is counted by the version of its month', () => {
    const solution = aSolution(['2020-01-01', PER_MONTH], ['2023-06-15', PER_MONTH]);
    const versions = spans([caseOrderOf(caseOrder('a'), solution)]).map(
      (s) => s.version.effectiveFrom,
    );
    expect(versions).toEqual([
      '2020-01-01',
      '2020-01-01',
      '2023-06-15',
      '2023-06-15',
      '2023-06-15',
    ]);
  });

  it('is counted by the version that its seal names (I-124)', () => {
    const solution = aSolution(['2020-01-01', PER_MONTH], ['2023-04-01', PER_MONTH]);
    const [first, since] = solution.versions;
    if (first === undefined || since === undefined) throw new Error('two versions');
    const terms = [first, since, first, since].map((version) => ({
      version,
      countedUntilMs: LATER,
    }));
    const found = spans([{ ...caseOrderOf(caseOrder('a'), solution), terms }]);
    expect(found.map((s) => `${s.start} ${s.version.effectiveFrom}`)).toEqual([
      '2023-05-01 2020-01-01',
      '2023-06-01 2023-04-01',
      '2023-07-01 2020-01-01',
      '2023-07-16 2020-01-01',
      '2023-08-01 2023-04-01',
    ]);
  });
});

describe('any orders of a case', () => {
  const start = fc.integer({ min: -60, max: 260 }).map((n) => addDays(civilDate('2023-04-10'), n));
  const orders = fc
    .array(fc.record({ start, months: fc.integer({ min: 1, max: 6 }), firm: fc.nat({ max: 1 }) }), {
      minLength: 1,
      maxLength: 5,
    })
    .map((all) =>
      all.map(({ start: contractStart, months: contractMonths, firm }, i) =>
        caseOrder(`o${i}`, { contractStart, contractMonths, smeId: `1234567${firm}` }),
      ),
    );

  it('have every day of the period once for each firm and tool, and no other (I-123)', () => {
    fc.assert(
      fc.property(orders, (all) => {
        const period = periodOf(aCase());
        const counted = spans(all.map((o) => caseOrderOf(o))).flatMap((s) =>
          daysOf(s.start, s.endExclusive).map(
            (d) => `${s.smeId} ${d} ${d < (STAGES[0] ?? '') ? 0 : 1} ${s.stage}`,
          ),
        );
        const wanted = new Set(
          all.flatMap((o) => {
            const { start: from, endExclusive } = contractOf(o);
            return daysOf(from, endExclusive)
              .filter((d) => d >= period.start && d < period.endExclusive)
              .map((d) => `${o.smeId} ${d} ${d < (STAGES[0] ?? '') ? '0 0' : '1 1'}`);
          }),
        );
        expect([...counted].sort()).toEqual([...wanted].sort());
      }),
    );
  });
});

function daysOf(from: string, until: string): string[] {
  const days: string[] = [];
  for (let d = civilDate(from); d < until; d = addDays(d, 1)) days.push(d);
  return days;
}
