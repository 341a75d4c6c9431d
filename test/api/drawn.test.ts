import { expect, it } from 'vitest';
import { drawnClaimOf } from '../../api/drawn.ts';

const CLAIM = {
  orderId: 'o',
  programme: 'tcloud-2023',
  rulesVersion: '1',
  instalment: 1,
  asOf: '2023-04-17T00:00:00.000+08:00',
  eligible: false,
  claimableMonths: 3,
  contractMonths: 4,
  amountTwd: 2_400,
  drawnTwd: 0,
  termination: null,
};
const REASON = { code: 'too_early', detail: 'open from 2023-04-10', source: '000 八(六)1' };
const STEP = { label: 'points', source: '000 八(五)', value: 12_000 };

const readBack = (claim: object) => drawnClaimOf({ claim: JSON.stringify(claim) });

it('a statement is read back as it was drawn (I-184)', () => {
  const reasons = [{ ...REASON, zh: '尚未開放' }];
  const drawn = { ...CLAIM, reasons, steps: [{ ...STEP, zh: '點數' }], months: [] };
  expect(readBack(drawn)).toEqual(drawn);
});

it('a statement drawn before its words were said in Chinese has them in English (I-184)', () => {
  expect(readBack({ ...CLAIM, reasons: [REASON], steps: [STEP] })).toEqual({
    ...CLAIM,
    reasons: [{ ...REASON, zh: 'open from 2023-04-10' }],
    steps: [{ ...STEP, zh: 'points' }],
    months: null,
  });
});
