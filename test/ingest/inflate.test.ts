import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimedSizeOf, inflateWithin, Workspace } from '../../ingest/inflate.ts';

const text = (bytes: Promise<Buffer | null>) => bytes.then(String);

describe.each([
  ['by itself', inflateWithin],
  ['in a workspace', (body: Uint8Array, bytesMax: number) => new Workspace(bytesMax).inflate(body)],
])('a body that is inflated %s', (_name, inflate) => {
  it('admits a body of exactly the bound and refuses one byte more', async () => {
    const at = gzipSync(Buffer.alloc(1000, 'a'));
    const over = gzipSync(Buffer.alloc(1001, 'a'));
    expect((await inflate(at, 1000))?.length).toBe(1000);
    expect(await inflate(over, 1000)).toBeNull();
  });

  it('keeps the bound over all members together', async () => {
    const members = Buffer.concat([gzipSync(Buffer.alloc(600)), gzipSync(Buffer.alloc(600))]);
    expect((await inflate(members, 1200))?.length).toBe(1200);
    expect(await inflate(members, 1199)).toBeNull();
  });

  it('stops a compression bomb at the bound (I-14)', async () => {
    const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024));
    const before = process.memoryUsage().arrayBuffers;
    expect(await inflate(bomb, 1024 * 1024)).toBeNull();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
  });

  it.each([
    ['its own size', gzipSync(Buffer.alloc(1001)), 1001],
    ['nothing, which counts as one', gzipSync(''), 1],
    [
      'less than it is: the last member alone',
      Buffer.concat([gzipSync('12345'), gzipSync('1')]),
      1,
    ],
    ['too short to claim anything', Buffer.from([1, 2, 3]), 1],
  ])('is claimed as %s', (_name, bytes, size) => {
    expect(claimedSizeOf(bytes)).toBe(size);
  });

  it('joins members in order', async () => {
    const members = Buffer.concat([gzipSync('[1,'), gzipSync('2]')]);
    expect(await text(inflate(members, 100))).toBe('[1,2]');
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
    ['gzip followed by a zero byte', Buffer.concat([whole, Buffer.alloc(1)])],
    ['gzip padded with zeros', Buffer.concat([whole, Buffer.alloc(100_000)])],
    ['a member behind a zero byte', Buffer.concat([whole, Buffer.alloc(1), whole])],
    ['two members followed by a zero byte', Buffer.concat([whole, whole, Buffer.alloc(1)])],
  ])('refuses %s as unreadable (I-15)', async (_name, bytes) => {
    await expect(inflate(bytes, 1000)).rejects.toMatchObject({ code: 'unreadable_body' });
  });

  it('gives back what was compressed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (bytes) => {
        expect(await inflate(gzipSync(bytes), 5000)).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 50 },
    );
  });
});
