#!/usr/bin/env node
// The entry for node itself: TypeScript runs as it is, nothing is built.
import { register } from 'tsx/esm/api';

register();
await import('./main.ts');
