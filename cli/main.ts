import { endWhenNobodyReads, runCli } from './commands/shared/runCli.ts';
import { program } from './program.ts';

process.stdout.on('error', endWhenNobodyReads);
await runCli(program, process.argv.slice(2));
