import { parseArgs, stripVTControlCharacters } from 'node:util';
import { type ArgsDef, type CommandDef, renderUsage, runCommand } from 'citty';
import { failWith } from '../../fail.ts';
import { UsageError } from './usageError.ts';

/**
 * Runs the command that the arguments name. Exit codes: 0 done, 1 failed, 2 wrong usage. What is
 * not declared is refused: a mistyped option never runs a command with less than was meant.
 */
export async function runCli(main: CommandDef, rawArgs: readonly string[]): Promise<void> {
  const found = await findCommand(main, rawArgs);
  const { command, path, rest } = found;
  const before = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
  if (before.includes('--help') || before.includes('-h')) {
    process.stdout.write(await usageOf(found));
    return;
  }
  if (path.length === 0 && rest.length === 1 && rest[0] === '--version') {
    process.stdout.write(`${(await resolved(main.meta))?.version ?? ''}\n`);
    return;
  }
  try {
    if (command.run === undefined) throw new UsageError(await missingCommand(found));
    checkUsage((await resolved(command.args)) ?? {}, rest);
    await runCommand(command, { rawArgs: [...rest] });
  } catch (error) {
    if (!isUsageFault(error)) failWith(error);
    const name = ['flowproof', ...path].join(' ');
    const message = stripVTControlCharacters(error.message);
    process.stderr.write(`${name}: ${message}\n  See "${name} --help".\n`);
    process.exitCode = 2;
  }
}

interface Found {
  readonly command: CommandDef;
  /** The names that led to it. */
  readonly path: readonly string[];
  /** What stands behind them. */
  readonly rest: readonly string[];
}

async function findCommand(main: CommandDef, rawArgs: readonly string[]): Promise<Found> {
  let command = main;
  const path: string[] = [];
  for (const name of rawArgs) {
    const children = (await resolved(command.subCommands)) ?? {};
    if (!Object.hasOwn(children, name)) break;
    command = (await resolved(children[name])) ?? command;
    path.push(name);
  }
  return { command, path, rest: rawArgs.slice(path.length) };
}

async function resolved<T>(value: T | Promise<T> | (() => T | Promise<T>)): Promise<T> {
  return typeof value === 'function' ? (value as () => T | Promise<T>)() : value;
}

async function usageOf({ command, path }: Found): Promise<string> {
  const parent = { meta: { name: ['flowproof', ...path.slice(0, -1)].join(' ') } };
  const usage = await renderUsage(command, path.length === 0 ? undefined : parent);
  return `${process.stdout.isTTY ? usage : stripVTControlCharacters(usage)}\n`;
}

async function missingCommand({ command, rest }: Found): Promise<string> {
  const names = Object.keys((await resolved(command.subCommands)) ?? {}).join(', ');
  return `${rest.length === 0 ? 'Name a command' : 'There is no such command'}: ${names}.`;
}

/** Messages never repeat what was given: it may be a key in the wrong place. */
function checkUsage(args: ArgsDef, rest: readonly string[]): void {
  const named = Object.entries(args).filter(([, arg]) => arg.type !== 'positional');
  const options = Object.fromEntries(
    named.map(([name, arg]) => [name, { type: arg.type === 'boolean' ? arg.type : 'string' }]),
  ) as Record<string, { type: 'boolean' | 'string' }>;
  const positionalsMax = Object.keys(args).length - named.length;
  const { positionals, values } = parsed(rest, options);
  if (positionals.length > positionalsMax) {
    throw new UsageError(`There are more arguments than the ${positionalsMax} that it takes.`);
  }
  const missing = named.filter(([name, arg]) => arg.required === true && !(name in values));
  if (missing.length > 0) {
    throw new UsageError(`It needs ${missing.map(([name]) => `--${name}`).join(' and ')}.`);
  }
}

function parsed(rest: readonly string[], options: Record<string, { type: 'boolean' | 'string' }>) {
  try {
    return parseArgs({ args: [...rest], options, allowPositionals: true, strict: true });
  } catch (error) {
    const [first = ''] = (error instanceof Error ? error.message : String(error)).split('. ');
    const isKey = /'--?key\b(?!-)/.test(first);
    const mend = 'A key comes from --key-file or FLOWPROOF_KEY: arguments show in process lists.';
    throw new UsageError(isKey ? mend : `${first}.`);
  }
}

function isUsageFault(error: unknown): error is Error {
  return error instanceof UsageError || (error instanceof Error && error.name === 'CLIError');
}

/** Such as `| head`: no failure of ours. */
export function endWhenNobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
}
