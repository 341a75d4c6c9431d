/** JSON with the members of every object sorted: equal values give equal bytes. */
export function canonicalJson(value: unknown): string {
  return textOf(value) ?? 'null';
}

/** The same bytes as `JSON.stringify`, save for the order; undefined where it leaves a value out. */
function textOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((v) => textOf(v) ?? 'null').join(',')}]`;
  if ('toJSON' in value) return textOf(JSON.parse(JSON.stringify(value)));
  const members: string[] = [];
  for (const [key, member] of sortedEntries(value)) {
    const text = textOf(member);
    if (text !== undefined) members.push(`${JSON.stringify(key)}:${text}`);
  }
  return `{${members.join(',')}}`;
}

/** As an object holds them when they were set in sorted order: whole numbers come first. */
function sortedEntries(value: object): [string, unknown][] {
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.some(([key]) => STARTS_WITH_DIGIT.test(key))
    ? Object.entries(Object.fromEntries(entries))
    : entries;
}

const STARTS_WITH_DIGIT = /^[0-9]/;
