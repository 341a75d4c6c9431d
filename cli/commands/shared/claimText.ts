import type { ArgsDef } from 'citty';
import type { z } from 'zod';
import type { claimSchema } from '../../../api/answers.ts';
import { formatCount } from '../../../render/words.ts';
import { printable, table } from './table.ts';

export const instalmentArg = {
  instalment: {
    type: 'enum',
    options: ['1', '2'],
    required: true,
    description: 'Which instalment; a programme with a single claim calls it 1',
  },
} as const satisfies ArgsDef;

/** A claim for people, with every reason and step and their source clauses. */
export function claimText(claim: z.infer<typeof claimSchema>): string {
  const { orderId, programme, instalment, asOf, eligible, reasons, steps, termination } = claim;
  const lines = [
    `訂單 Order ${orderId} · ${programme} · 第 ${instalment} 期 Instalment ${instalment} · as of ${asOf}`,
    `可請領 Eligible ${eligible ? '是 yes' : '否 no'}`,
    `金額 Amount NT$ ${money(claim.amountTwd)} · 已領 Drawn NT$ ${money(claim.drawnTwd)}`,
    `可核銷月 Claimable months ${claim.claimableMonths} / ${claim.contractMonths}`,
  ];
  if (reasons.length > 0) {
    lines.push('', '未符合 Not met');
    lines.push(...reasons.map((r) => printable(`  ${r.code} ${r.zh} · ${r.detail} [${r.source}]`)));
  }
  if (termination !== null) {
    const { usedMonths, pointsReturned, selfPaymentReturned, usableUntil } = termination;
    lines.push('', `提前結束 Early end: 已用 used ${usedMonths} months`);
    lines.push(
      `  退還 Returned: ${money(pointsReturned)} points, NT$ ${money(selfPaymentReturned)}` +
        (usableUntil === null ? '' : `, points usable until ${usableUntil}`),
    );
  }
  if (steps.length > 0) {
    const rows = steps.map((step) => [`${step.zh} ${step.label}`, step.value, step.source]);
    lines.push('', table([['計算 Step', '值 Value', '依據 Source'], ...rows]).trimEnd());
  }
  return `${lines.join('\n')}\n`;
}

function money(amountTwd: number): string {
  return amountTwd < 0 ? `-${formatCount(-amountTwd)}` : formatCount(amountTwd);
}
