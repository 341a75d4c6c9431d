import { openNodeFs } from '../../../ingest/spool/nodeFs.ts';
import { openSpool } from '../../helpers/spoolFsOpen.ts';

/**
 * A process of its own that appends until it is killed, eight at a time, and prints the number of
 * each acknowledged record. Arguments: folder, first number.
 */
const [, , dir = '', first = '0'] = process.argv;
const limits = { segmentBytesMax: 2 ** 20, bytesMax: 2 ** 30 };
const { spool } = await openSpool(await openNodeFs(), { dir, ...limits });
process.stdout.write('open\n');

let next = Number(first);
async function appendOnAndOn(): Promise<never> {
  for (;;) {
    const number = next;
    next += 1;
    await spool.append(() => Buffer.from(`${number} ${'payload '.repeat(number % 500)}`), 1);
    process.stdout.write(`${number}\n`);
  }
}
await Promise.all(Array.from({ length: 8 }, appendOnAndOn));
