/** JSON with the members of every object sorted: equal values give equal bytes. */
export function canonicalJson(value: unknown): string {
  return textOf(value) ?? 'null';
}

/** The same bytes as `JSON.stringify`, save for the order; undefined where it leaves a value out. */
function textOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((v) => textOf(v) ?? 'null').join(',')}]`;
  if ('toJSON' in value) return textOf(JSON.parse(JSON.stringify(value)));
  const of = value as Readonly<Record<string, unknown>>;
  let members = '';
  for (const key of sortedKeys(value)) {
    const text = textOf(of[key]);
    if (text !== undefined) members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${text}`;
  }
  return `{${members}}`;
}

/** As an object holds them when they were set in sorted order: whole numbers come first. */
function sortedKeys(value: object): string[] {
  const keys = Object.keys(value).sort();
  return keys.some((key) => STARTS_WITH_DIGIT.test(key))
    ? Object.keys(Object.fromEntries(keys.map((key) => [key, null])))
    : keys;
}

const STARTS_WITH_DIGIT = /^[0-9]/;
