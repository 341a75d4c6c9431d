const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const TYPE = new RegExp(`^[ \\t]*(${TOKEN}/${TOKEN})[ \\t]*`);
const PARAMETER = new RegExp(
  `;[ \\t]*(?:(${TOKEN})=(?:(${TOKEN})|"((?:[^"\\\\]|\\\\.)*)"))?[ \\t]*`,
  'y',
);

/**
 * The media type of a Content-Type header, in lower case without its parameters [RFC 9110 8.3].
 * Undefined where the header cannot be read or names a charset other than UTF-8.
 */
export function parseMediaType(contentType: string): string | undefined {
  const type = TYPE.exec(contentType);
  if (type === null) return undefined;
  for (let at = type[0].length; at < contentType.length; at = PARAMETER.lastIndex) {
    PARAMETER.lastIndex = at;
    const parameter = PARAMETER.exec(contentType);
    if (parameter === null) return undefined;
    const charset = (parameter[2] ?? parameter[3] ?? '').toLowerCase();
    const isCharset = parameter[1]?.toLowerCase() === 'charset';
    if (isCharset && charset !== 'utf-8' && charset !== 'utf8') return undefined;
  }
  return type[1]?.toLowerCase();
}
