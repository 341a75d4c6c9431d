import { vi } from 'vitest';
import { runCli } from '../../cli/commands/shared/runCli.ts';
import { program } from '../../cli/program.ts';
import type { Ended } from './run.ts';

/** The command line in this process: a process for each command would cost a second. */
export async function runHere(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  for (const [name, value] of Object.entries({ FLOWPROOF_KEY: 'k', ...env })) {
    vi.stubEnv(name, value);
  }
  const [stdout, stderr] = [written(process.stdout), written(process.stderr)];
  const exit = vi.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Exit(Number(code ?? 0));
  });
  let code = 0;
  try {
    await runCli(program, args);
    code = Number(process.exitCode ?? 0);
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    code = error.code;
  } finally {
    process.exitCode = undefined;
    exit.mockRestore();
    vi.unstubAllEnvs();
  }
  return { code, stdout: stdout(), stderr: stderr() };
}

class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`the command ended with ${code}`);
    this.code = code;
  }
}

function written(stream: NodeJS.WriteStream): () => string {
  let text = '';
  const spy = vi.spyOn(stream, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  return () => {
    spy.mockRestore();
    return text;
  };
}
