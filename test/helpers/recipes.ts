import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { addDays, dateOf } from '../../core/time.ts';
import { type Client, newKey, newTaxId, ORDER, SOLUTION, type TestApp } from './app.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FENCE = /^```(sh|js) recipe=([\w-]+)\n([\s\S]*?)^```$/gm;

type Sender = Pick<Client, 'url' | 'key'>;

/** A contract that runs today, by the real clock: what is sent now counts. */
export const RUNNING = { contractStart: addDays(dateOf(Date.now()), -3) };
/** The order of the firm that the recipes name. */
export const RECIPE_ORDER = 'recipe-o';

/** Registers what the recipes name; gives the vendor's client. */
export async function seedRecipes({ admin }: Pick<TestApp, 'admin'>): Promise<Client> {
  const [vendorId, solutionId, smeId] = ['acme', 'acme-pos', '25196966'];
  (await admin.put('/v1/vendors/acme', { name: 'Acme', taxId: newTaxId() })).ok();
  (await admin.put('/v1/solutions/acme-pos', { ...SOLUTION, vendorId })).ok();
  (await admin.put('/v1/smes/25196966', { name: '企業' })).ok();
  const order = { ...ORDER, ...RUNNING, vendorId, solutionId, smeId };
  (await admin.put(`/v1/orders/${RECIPE_ORDER}`, order)).ok();
  return admin.as(await newKey(admin, { role: 'vendor', vendorId }));
}

/** The stored events of an order whose ids begin so: id → whether it counts. */
export async function countedOf(
  { admin }: Pick<TestApp, 'admin'>,
  orderId: string,
  prefix: string,
): Promise<Record<string, boolean>> {
  const page = await admin.get(`/v1/orders/${orderId}/events?limit=1000`);
  const { items } = page.ok<{ items: { id: string; counted: boolean }[] }>();
  const found = items.filter(({ id }) => id.startsWith(prefix));
  return Object.fromEntries(found.map(({ id, counted }) => [id, counted]));
}

/** The ids under which a vendor sent other content than before. */
export async function conflictsOf(vendor: Client): Promise<string[]> {
  const page = await vendor.get('/v1/rejects?limit=1000');
  const { items } = page.ok<{ items: { id: string; code: string }[] }>();
  return items.filter(({ code }) => code === 'id_conflict').map(({ id }) => id);
}

/** The recipes of a page, by name: the text as it stands there, and how it is run. */
export function recipesOf(page: string): ReadonlyMap<string, { language: string; text: string }> {
  const found = readFileSync(`${ROOT}/docs/${page}`, 'utf8').matchAll(FENCE);
  return new Map(
    [...found].map(([, language = '', name = '', text = '']) => [name, { language, text }]),
  );
}

/** Where a recipe stands, and where it runs; `env` beside the sender's address and key. */
export interface RecipeOptions {
  readonly page?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a recipe of docs/ in a process of its own; gives what it printed. */
export function runRecipe(
  name: string,
  sender: Sender,
  options: RecipeOptions = {},
): Promise<string> {
  const page = options.page ?? 'formats.md';
  const recipe = recipesOf(page).get(name);
  if (recipe === undefined) throw new RangeError(`docs/${page} has no recipe ${name}`);
  const { language, text } = recipe;
  const nothing = new Uint8Array();
  return language === 'sh'
    ? run('bash', ['--norc', '-euc', text], sender, nothing, options)
    : run(process.execPath, ['--input-type=module', '-e', text], sender, nothing, options);
}

/** Runs a program under the sender's key; rejects where it fails, with what it printed. */
export function run(
  program: string,
  args: readonly string[],
  { url, key }: Sender,
  input: Uint8Array = new Uint8Array(),
  { cwd = ROOT, env: further = {} }: RecipeOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const own = { PATH: process.env['PATH'], FLOWPROOF_URL: url, FLOWPROOF_KEY: key ?? '' };
    const child = spawn(program, args, { cwd, env: { ...own, ...further }, stdio: 'pipe' });
    const printed: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => printed.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => printed.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      const text = Buffer.concat(printed).toString('latin1');
      if (code === 0) resolve(text);
      else reject(new Error(`${program} ended with ${code}: ${text}`));
    });
    child.stdin.end(input);
  });
}
