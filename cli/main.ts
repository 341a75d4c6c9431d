import { defineCommand, runMain } from 'citty';
import { serve } from './serve.ts';

const main = defineCommand({
  meta: {
    name: 'flowproof',
    version: '0.1.0',
    description: 'Usage logs into verified, claimable months for the TCloud subsidy programmes',
  },
  subCommands: { serve },
});

await runMain(main);
