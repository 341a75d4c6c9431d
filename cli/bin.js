#!/usr/bin/env node
// The entry for node itself: TypeScript runs as it is, nothing is built.
// Zod first: behind the hook below each of its hundred modules takes twice as long.
import 'zod';
import { register } from 'tsx/esm/api';

register();
await import('./main.ts');
