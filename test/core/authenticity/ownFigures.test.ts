import { describe, expect, it } from 'vitest';
import { findingName, findingWords } from '../../../core/authenticity/findingWords.ts';
import { ownFigures } from '../../../core/authenticity/ownFigures.ts';
import type { Finding } from '../../../core/month.ts';

function finding(code: string, names: readonly string[], explanation = 'e'): Finding {
  const figures = Object.fromEntries(names.map((name, i) => [name, i]));
  return { code, severity: 'low', explanation, figures };
}

describe('of a finding the firm itself reads', () => {
  it.each<[string, string[], string[]]>([
    [
      'back_dated',
      [
        'lateEvents',
        'receivedAfterMonthEnd',
        'shareOfEvents',
        'lateActs',
        'days',
        'deliveries',
        'longestDelayDays',
      ],
      [],
    ],
    ['future_dated', ['aheadEvents', 'shareOfEvents', 'longestAheadSeconds'], []],
    ['regular_intervals', ['regularEvents', 'shareOfEvents', 'beatMinutes', 'actsOnBeat'], []],
    [
      'copied_stream',
      ['copiedEvents', 'shareOfEvents'],
      ['smeId', 'movedSeconds', 'actsAlike', 'weight', 'weightByChance'],
    ],
    ['burst', ['burstEvents', 'shareOfEvents', 'bursts', 'mostActsInAnHour'], []],
    ['shared_actor', ['sharedEvents', 'shareOfEvents'], ['firms', 'firmsOfVendor']],
    ['shared_address', ['sharedEvents', 'shareOfEvents'], ['firms', 'firmsOfVendor']],
    ['outside_hours', ['shareOfActs', 'acts'], []],
    ['identical_weeks', ['weeks', 'usesAWeek'], []],
    ['just_over', ['monthsInARow', 'value', 'threshold'], []],
    ['id_conflict', ['versions'], []],
    ['vendor_is_customer', ['taxId'], []],
    ['existing_customer', ['earlierOrders', 'usesBefore', 'firstUse'], []],
    ['a_later_code', [], ['anything']],
  ])('%s the figures %j, and none of %j', (code, own, others) => {
    const whole = finding(code, [...own, ...others]);
    expect(ownFigures([whole])).toEqual([finding(code, own)]);
  });
});

describe('the words of a finding', () => {
  it.each([
    ['零件 A、B。 Parts A and B.', '零件 A、B。', 'Parts A and B.'],
    ['第一行。\n第二行。 In English.', '第一行。\n第二行。', 'In English.'],
    ['（１２） Twelve.', '（１２）', 'Twelve.'],
    ['In English alone.', '', 'In English alone.'],
    [' 只有中文。 ', '只有中文。', ''],
  ])('%j are %j and %j', (explanation, zh, en) => {
    expect(findingWords(finding('burst', [], explanation))).toEqual({ zh, en });
  });

  it('begin with its name, or with its code where that has none', () => {
    expect(findingName(finding('burst', []))).toEqual({ zh: '短時間大量操作', en: 'burst' });
    expect(findingName(finding('later', []))).toEqual({ zh: 'later', en: 'later' });
  });
});
