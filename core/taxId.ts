/**
 * Unified business number (統一編號): eight digits whose weighted digit sums add up to a multiple of
 * five. Since 2023-04-01 the divisor is 5; numbers issued under the former divisor 10 pass as well,
 * so the date of issue does not matter.
 */
export function isTaxId(text: string): boolean {
  if (!SHAPE.test(text)) return false;
  const sum = WEIGHTS.reduce((total, weight, i) => total + digitSum(Number(text[i]) * weight), 0);
  return sum % DIVISOR === 0 || (text[6] === '7' && (sum + 1) % DIVISOR === 0);
}

const SHAPE = /^[0-9]{8}$/;
/** A 7 in the seventh place makes 28, whose digit sum 10 may be read as 1 or as 0. */
const WEIGHTS = [1, 2, 1, 2, 1, 2, 4, 1];
const DIVISOR = 5;

function digitSum(product: number): number {
  return Math.floor(product / 10) + (product % 10);
}
