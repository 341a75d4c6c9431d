/** The one form in which a pseudonym of a person or an address is shown: 16 hex digits. */
export function pseudonymText(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}
