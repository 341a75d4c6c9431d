import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inflateBody } from '../../ingest/inflate.ts';

const text = (bytes: Promise<Buffer>) => bytes.then((body) => body.toString());

describe('inflateBody', () => {
  it('admits a body of exactly the bound and refuses one byte more', async () => {
    const at = gzipSync(Buffer.alloc(1000, 'a'));
    const over = gzipSync(Buffer.alloc(1001, 'a'));
    expect((await inflateBody(at, 1000)).length).toBe(1000);
    await expect(inflateBody(over, 1000)).rejects.toMatchObject({ code: 'body_too_large' });
  });

  it('keeps the bound over all members together', async () => {
    const members = Buffer.concat([gzipSync(Buffer.alloc(600)), gzipSync(Buffer.alloc(600))]);
    expect((await inflateBody(members, 1200)).length).toBe(1200);
    await expect(inflateBody(members, 1199)).rejects.toMatchObject({ code: 'body_too_large' });
  });

  it('stops a compression bomb at the bound (I-14)', async () => {
    const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024));
    const before = process.memoryUsage().arrayBuffers;
    await expect(inflateBody(bomb, 1024 * 1024)).rejects.toMatchObject({ code: 'body_too_large' });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
  });

  it('joins members in order', async () => {
    const members = Buffer.concat([gzipSync('[1,'), gzipSync('2]')]);
    expect(await text(inflateBody(members, 100))).toBe('[1,2]');
  });

  const whole = gzipSync('some body that is long enough to be cut in the middle');
  const corrupt = Buffer.from(whole);
  corrupt.writeUInt8(corrupt.readUInt8(20) ^ 0xff, 20);
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['plain text', Buffer.from('{"id":"1"}')],
    ['a header alone', whole.subarray(0, 10)],
    ['gzip without its checksum', whole.subarray(0, -8)],
    ['gzip with a changed byte', corrupt],
    ['gzip followed by text', Buffer.concat([whole, Buffer.from('tail')])],
  ])('refuses %s as unreadable', async (_name, bytes) => {
    await expect(inflateBody(bytes, 1000)).rejects.toMatchObject({ code: 'unreadable_body' });
  });

  it('gives back what was compressed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (bytes) => {
        expect(await inflateBody(gzipSync(bytes), 5000)).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 50 },
    );
  });
});
