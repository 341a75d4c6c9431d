import { describe, expect, it } from 'vitest';
import { isClaimable, reviewBodySchema } from '../../core/review.ts';

const LONGEST = 'r'.repeat(1_000);

describe('what a reviewer says', () => {
  it.each([
    ['a decision and a reason', { decision: 'accept', reason: 'r' }, true],
    ['a rejection', { decision: 'reject', reason: 'r' }, true],
    ['a reopening', { decision: 'reopen', reason: 'r' }, true],
    ['a decision that there is not', { decision: 'hold', reason: 'r' }, false],
    ['no decision', { reason: 'r' }, false],
    ['no reason', { decision: 'accept' }, false],
    ['an empty reason', { decision: 'accept', reason: '' }, false],
    ['a reason of white space', { decision: 'accept', reason: ' \n　' }, false],
    ['the longest reason', { decision: 'accept', reason: LONGEST }, true],
    ['the longest reason between spaces', { decision: 'accept', reason: ` ${LONGEST} ` }, true],
    ['a longer reason', { decision: 'accept', reason: `${LONGEST}r` }, false],
    ['a reason with NUL', { decision: 'accept', reason: 'a\0b' }, false],
    ['half a character', { decision: 'accept', reason: 'a\uD800' }, false],
    ['whose name it is', { decision: 'accept', reason: 'r', by: 'x' }, false],
  ])('with %s is admitted: %s', (_, body, admitted) => {
    expect(reviewBodySchema.safeParse(body).success).toBe(admitted);
  });

  it('is kept without the white space around it', () => {
    const said = reviewBodySchema.parse({ decision: 'reject', reason: ' 使用者為廠商員工 \n' });
    expect(said).toEqual({ decision: 'reject', reason: '使用者為廠商員工' });
  });

  it('that is no text is told so', () => {
    const answer = reviewBodySchema.safeParse({ decision: 'accept', reason: '\0' });
    expect(answer.error?.issues[0]?.message).toBe('is no text');
  });
});

describe('a month is claimable', () => {
  it.each([
    ['met', null, true],
    ['short', null, false],
    ['held', null, false],
    ['met', 'reject', false],
    ['met', 'accept', true],
    ['held', 'accept', true],
    ['silent', 'accept', true],
    ['held', 'reject', false],
  ] as const)('%s, reviewed %s: %s', (state, decision, claimable) => {
    expect(isClaimable(state, decision === null ? null : { decision })).toBe(claimable);
  });
});
