import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NewUsageEvent, RejectionCode, UsageEvent } from 'flowproof/client';
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import { type EventBody, eventSchema, REJECT_CODES, type RejectCode } from '../../core/event.ts';
import { useFolder } from '../helpers/folder.ts';
import { run } from '../helpers/recipes.ts';
import { accept, KEY, type Misbehaving, misbehaving } from './server.ts';

/** The client as a vendor has it: the folder alone, without this project, its packages or a build. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = useFolder();
let server: Misbehaving | undefined;
afterEach(() => server?.close());

/** Puts the client where a package of a vendor's program would be. */
function installed(): string {
  const path = join(folder.path, 'node_modules/flowproof');
  cpSync(join(ROOT, 'client'), join(path, 'client'), { recursive: true });
  const { name, type, exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  writeFileSync(join(path, 'package.json'), JSON.stringify({ name, type, exports }));
  writeFileSync(join(folder.path, 'package.json'), JSON.stringify({ type: 'module' }));
  return folder.path;
}

describe('the folder client/ alone', () => {
  it('runs in plain Node, without anything of this project or a build (I-116)', async () => {
    const made = await misbehaving((_, response) => accept('one line', response));
    server = made;
    const cwd = installed();
    writeFileSync(
      join(cwd, 'vendor.js'),
      `import { FlowproofClient } from 'flowproof/client';
       const client = new FlowproofClient({ url: '${made.url}', key: process.env.FLOWPROOF_KEY });
       console.log(JSON.stringify(await client.send([{ id: 'plain-1' }])));`,
    );
    const printed = await run(process.execPath, [join(cwd, 'vendor.js')], {
      url: made.url,
      key: KEY,
    });
    expect(JSON.parse(printed)).toEqual({ sent: 1, accepted: 1, rejected: [] });
    expect(made.bodies).toEqual(['{"id":"plain-1"}\n']);
  });

  it('has types for the strictest TypeScript, with a browser for its platform', () => {
    const cwd = installed();
    writeFileSync(join(cwd, 'vendor.ts'), VENDOR);
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      types: [],
      lib: ['ES2022', 'DOM', 'DOM.AsyncIterable'],
      target: 'ES2022',
      module: 'NodeNext',
    };
    writeFileSync(
      join(cwd, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['vendor.ts'] }),
    );
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const compile = () => execFileSync(process.execPath, [tsc, '-p', cwd], { encoding: 'utf8' });
    expect(compile()).toBe('');
    writeFileSync(
      join(cwd, 'vendor.ts'),
      VENDOR.replace("actorRole: 'staff'", "actorRole: 'boss'"),
    );
    expect(compile).toThrow();
  });
});

const VENDOR = `
import { FlowproofClient, FlowproofClientError, withId, type UsageEvent } from 'flowproof/client';
const event: UsageEvent = withId({
  solutionId: 's', smeId: '25196966', actorId: 'a', actorRole: 'staff', action: 'login',
  occurredAt: new Date(), attributes: { till: '7' },
});
const client = new FlowproofClient({ url: 'https://flowproof.example', key: 'k' });
export async function main(): Promise<number> {
  try {
    const { accepted, rejected } = await client.send([event], { signal: AbortSignal.timeout(9) });
    return accepted + rejected.length;
  } catch (error) {
    if (error instanceof FlowproofClientError && error.isRetryable) return error.retryAfterMs ?? 0;
    throw error;
  }
}
`;

describe('the types of the client are those of the server', () => {
  const declarations = readFileSync(join(ROOT, 'client/index.d.ts'), 'utf8');

  it('for an event: every field, and what it may be (I-117)', () => {
    expectTypeOf<Wire<UsageEvent>>().toEqualTypeOf<Wire<EventBody>>();
    expectTypeOf<Omit<NewUsageEvent, 'id'>>().toEqualTypeOf<Omit<UsageEvent, 'id'>>();
    const fields = /interface UsageEvent \{([\s\S]*?)\n\}/.exec(declarations)?.[1] ?? '';
    const names = [...fields.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name]) => name);
    expect(names).toEqual(Object.keys(eventSchema.shape));
  });

  it('for the codes of refused events (I-117)', () => {
    expectTypeOf<RejectionCode>().toEqualTypeOf<RejectCode>();
    const codes = /type RejectionCode =([^;]*);/.exec(declarations)?.[1] ?? '';
    expect([...codes.matchAll(/'(\w+)'/g)].map(([, code]) => code)).toEqual([...REJECT_CODES]);
  });
});

/** What travels: a Date goes as its text, an undefined not at all. */
type Wire<T> = {
  -readonly [K in keyof T]-?: K extends 'occurredAt' ? string : Mutable<Exclude<T[K], undefined>>;
};
type Mutable<V> = V extends Readonly<Record<string, string>> ? Record<string, string> : V;
