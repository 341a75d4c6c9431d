import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CutLimits, cut, formatOf } from '../../cli/commands/shared/batches.ts';

type Kind = 'ndjson' | 'csv' | 'json';
const LIMITS = { eventsMax: 3, bytesMax: 1_000 };

/** The bodies of a text that is read in pieces of so many bytes. */
async function bodies(
  text: string | Buffer,
  kind: Kind,
  limits: CutLimits = LIMITS,
  pieceBytes = 7,
): Promise<string[]> {
  const bytes = Buffer.from(text);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  }
  const found: string[] = [];
  for await (const body of cut(pieces(), kind, limits)) found.push(body.toString('latin1'));
  return found;
}

const lines = (count: number) => Array.from({ length: count }, (_, i) => `{"id":"${i}"}\n`);

describe('a log is cut into requests', () => {
  it.each([
    [0, []],
    [1, [1]],
    [3, [3]],
    [4, [3, 1]],
    [6, [3, 3]],
    [7, [3, 3, 1]],
  ])('of %i events in pieces of at most three', async (count, sizes) => {
    const found = await bodies(lines(count).join(''), 'ndjson');
    expect(found.map((body) => body.trimEnd().split('\n').length)).toEqual(sizes);
    expect(found.join('')).toBe(lines(count).join(''));
  });

  it('by bytes too, unless one event alone exceeds them', async () => {
    const [small, large] = ['{"id":"1"}\n', `{"id":"${'x'.repeat(40)}"}\n`];
    const limits = { eventsMax: 100, bytesMax: 2 * small.length };
    expect(await bodies(small.repeat(4), 'ndjson', limits)).toEqual([
      small.repeat(2),
      small.repeat(2),
    ]);
    expect(await bodies(small + large + small, 'ndjson', limits)).toEqual([small, large, small]);
  });

  it('keeps the header of CSV in every one, and line ends inside quotes', async () => {
    const rows = ['1,"a\nb"\r\n', '2,"c ""d""\n"\r\n', '3,e\r\n', '4,f'];
    const found = await bodies(`id,source\r\n${rows.join('')}`, 'csv');
    expect(found).toEqual([
      `id,source\r\n${rows.slice(0, 3).join('')}`,
      `id,source\r\n${rows.slice(3).join('')}`,
    ]);
  });

  it.each([1, 2, 7, 99])(
    'ends rows of CSV at a lone CR, read in pieces of %i',
    async (pieceBytes) => {
      const rows = ['1,"a\rb"\r', '"2",c\r\n', '3,d\n', '4,e\r'];
      const found = await bodies(`id,source\r${rows.join('\r')}5,f\r`, 'csv', LIMITS, pieceBytes);
      expect(found).toEqual([
        `id,source\r${rows.slice(0, 3).join('')}`,
        `id,source\r${rows[3]}5,f\r`,
      ]);
    },
  );

  it('leaves a CR within a line of NDJSON: the server does not end it there', async () => {
    const text = lines(4).join('').replaceAll(':', ':\r');
    expect((await bodies(text, 'ndjson')).join('')).toBe(text);
  });

  it('sends no request for blank lines, or for a header alone', async () => {
    expect(await bodies('\n \r\n\t\n', 'ndjson')).toEqual([]);
    expect(await bodies('id,source\n\n', 'csv')).toEqual([]);
  });

  it('leaves bytes that are no text to the server', async () => {
    const text = Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xff]), Buffer.from('"}\n')]);
    expect(await bodies(text, 'ndjson')).toEqual([text.toString('latin1')]);
  });

  it('sends JSON whole', async () => {
    const text = JSON.stringify(lines(9), null, 1);
    expect(await bodies(text, 'json')).toEqual([text]);
  });

  it('stops at a quote that is never closed', async () => {
    const endless = `id\n"${'x\n'.repeat(600_000)}`;
    await expect(bodies(endless, 'csv', LIMITS, 65_536)).rejects.toThrow('closing quote');
  });

  it('the same wherever the file is read apart', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', '\n', '\r', ',', '\r\n', '企') });
    const quoted = cell.map((text) => `"${text.replaceAll('"', '""')}"`);
    const row = fc.array(quoted, { minLength: 2, maxLength: 2 }).map((cells) => cells.join(','));
    const rows = fc.array(row, { maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 1, max: 40 }), async (written, pieceBytes) => {
        const ends = ['\n', '\r', '\r\n'] as const;
        const body = written.map((line, i) => line + ends[i % ends.length]).join('');
        const file = `a,b\n${body}`;
        const apart = await bodies(file, 'csv', LIMITS, pieceBytes);
        expect(apart).toEqual(await bodies(file, 'csv', LIMITS, file.length * 3));
        const sent = apart.map((request) => request.slice('a,b\n'.length)).join('');
        expect(Buffer.from(sent, 'latin1').toString()).toBe(body);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the format of a file', () => {
  it.each([
    ['a/log.ndjson', 'ndjson', false],
    ['LOG.JSONL', 'ndjson', false],
    ['log.csv.gz', 'csv', true],
    ['log.2023.json', 'json', false],
  ])('%s is told by its extension', (path, kind, gzipped) => {
    expect(formatOf(path)).toMatchObject({ kind, gzipped });
  });

  it.each(['log', 'log.txt', 'log.gz', 'log.ndjson.zip', 'csv'])('%s has none', (path) => {
    expect(() => formatOf(path)).toThrow('extension');
  });
});
