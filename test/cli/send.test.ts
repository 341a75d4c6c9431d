import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import {
  accept,
  answer,
  type Behave,
  KEY,
  type Misbehaving,
  misbehaving,
  problem,
} from '../client/server.ts';
import { useFolder } from '../helpers/folder.ts';
import { runHere } from './here.ts';
import { type Ended, start } from './run.ts';

/** `flowproof send` against servers that refuse, fail and hang. */

const folder = useFolder();
let server: Misbehaving | undefined;
afterEach(() => server?.close());

async function serving(behave: Behave): Promise<Misbehaving> {
  server = await misbehaving(behave);
  return server;
}
let files = 0;
function written(extension: string, content: string | Buffer): string {
  files += 1;
  const path = join(folder.path, `log${files}${extension}`);
  writeFileSync(path, content);
  return path;
}
function options() {
  return { env: { FLOWPROOF_URL: server?.url ?? '', FLOWPROOF_KEY: KEY }, cwd: folder.path };
}
const send = (args: readonly string[]): Promise<Ended> => runHere(['send', ...args], options().env);

/** Refuses these places of every request, alternately under two codes. */
function refusing(indexes: readonly number[], received: (body: string) => number): Behave {
  return (nth, response) => {
    const count = received(server?.bodies[nth - 1] ?? '');
    const rejected = indexes.map((index, i) => {
      const code = i % 2 === 0 ? 'unknown_sme' : 'unknown_action';
      return { index, id: `e${index}`, code, detail: 'no such' };
    });
    const accepted = count - rejected.length;
    answer(response, 200, { batchId: 'b', received: count, accepted, rejected, receipt: null });
  };
}
const linesIn = (body: string) => body.trimEnd().split('\n').length;

describe('a file that is sent', () => {
  it('is sent again byte for byte where the server asks for it or breaks off, and says so', async () => {
    const { bodies } = await serving((nth, response, request) => {
      if (nth === 1) problem(response, 503, 'ingest_unavailable', { 'retry-after': '0' });
      else if (nth === 2) request.socket.destroy();
      else accept(bodies[nth - 1], response);
    });
    const text = '{"id":"a" }\r\nno json\r\n\r\n{"id":"b"}';
    const { code, stdout, stderr } = await send([written('.ndjson', text)]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '已收 accepted 3, 退回 rejected 0\n' });
    expect(bodies).toEqual(Array(3).fill('{"id":"a" }\r\nno json\r\n{"id":"b"}'));
    expect(stderr).toMatch(/^A title: a detail\. 稍後重試 Trying again in \d+ s\.$/m);
    expect(stderr).toMatch(/^傳送 Sending KiB 1\/1$/m);
    expect(stderr).not.toContain('\u001b');
  });

  it('that is interrupted ends with 1, and says that the whole file may be sent again', async () => {
    const refuseOne = refusing([3], linesIn);
    const { bodies } = await serving((nth, response, request) => {
      if (nth === 1) refuseOne(nth, response, request);
    });
    const lines = Array.from({ length: 2_500 }, (_, i) => `{"id":"${i}"}\n`).join('');
    const out = join(folder.path, 'interrupted.ndjson');
    const running = start(['send', written('.ndjson', lines), '--rejects', out], options());
    while (bodies.length < 2 || !existsSync(`${out}.part`))
      await new Promise((resolve) => setTimeout(resolve, 10));
    running.child.kill('SIGINT');
    const { code, stderr } = await running.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/\d+ events were accepted before\. Send the whole file again: each/);
    expect(stderr).toContain('flowproof: It was interrupted.');
    // Else the command could not be repeated as it was.
    expect(readdirSync(folder.path).filter((name) => name.startsWith('interrupted'))).toEqual([]);
  });

  it('to no server is not tried again, and says how to start one', async () => {
    const { close } = await serving(() => undefined);
    close();
    const { code, stderr } = await send([written('.ndjson', '{}\n')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/No server answers at .* \(connection refused\)/);
    expect(stderr).toContain('Start one with "npm start"');
    expect(stderr).not.toContain('Trying again');
    expect(stderr).not.toContain(KEY);
  });
});

describe('what was refused', () => {
  it('is counted by code and named by its place in the file, over all requests', async () => {
    await serving(refusing([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], linesIn));
    const lines = Array.from({ length: 1_020 }, (_, i) => `{"id":"e${i}"}\n`).join('');
    const { code, stdout } = await send([written('.ndjson.gz', gzipSync(lines))]);
    expect(code).toBe(1);
    expect(stdout).toContain('已收 accepted 996, 退回 rejected 24\n');
    expect(stdout).toMatch(/^unknown_sme +12$/m);
    expect(stdout).toMatch(/^unknown_action +12$/m);
    expect(stdout.match(/^ +\d+ {2}e\d+ /gm)).toHaveLength(10);
    expect(stdout).toContain('All of them: the same command with --rejects FILE');
  });

  it.each([
    ['.ndjson', 'a\n\nb\r\nno json\nd', linesIn, 'b\r\nd\n'],
    ['.csv', 'id,source\na,\nb,"x\ny"\n\nc,\nd,z', () => 4, 'id,source\nb,"x\ny"\nd,z\n'],
    ['.json', '[{"id":"a"},{"id":"b"},3,{"id":"d"}]', () => 4, '[\n{"id":"b"},\n{"id":"d"}\n]\n'],
  ])(
    'goes into a new file as it stood in the log: %s',
    async (extension, text, count, expected) => {
      await serving(refusing([1, 3], count));
      const out = join(folder.path, `refused${extension}`);
      const { code, stdout } = await send([written(extension, text), '--rejects', out]);
      expect(code).toBe(1);
      expect(stdout).toContain(`To mend and send: ${out}\n`);
      expect(readFileSync(out, 'utf8')).toBe(expected);
      const again = await send([written(extension, text), '--rejects', out]);
      expect([again.code, readFileSync(out, 'utf8')]).toEqual([2, expected]);
      expect(again.stderr).toContain('there already: remove it, or name another');
    },
  );

  it('goes into no file of another format, and into none where nothing was refused', async () => {
    const { bodies } = await serving((nth, response) => accept(bodies[nth - 1], response));
    const path = written('.ndjson', '{"id":"a"}\n');
    const other = await send([path, '--rejects', join(folder.path, 'refused.csv')]);
    expect([other.code, bodies]).toEqual([2, []]);
    const none = join(folder.path, 'none.ndjson');
    expect((await send([path, '--rejects', none])).code).toBe(0);
    expect(() => readFileSync(none)).toThrow('ENOENT');
  });
});
