import { rmSync, writeFileSync } from 'node:fs';
import { defineCommand } from 'citty';
import { z } from 'zod';
import { KEY_ROLES } from '../../core/routes.ts';
import { isSystemError } from '../fail.ts';
import { jsonBody } from '../http.ts';
import { clientFrom, connectionArgs, limitArg, limitFrom } from './shared/options.ts';
import { sayCut } from './shared/output.ts';
import { table } from './shared/table.ts';
import { UsageError } from './shared/usageError.ts';

const create = defineCommand({
  meta: {
    name: 'create',
    description: 'Make a key; it is shown once, on standard output alone or in the file of --out',
  },
  args: {
    role: {
      type: 'enum',
      options: [...KEY_ROLES],
      required: true,
      description: 'What the key may do',
    },
    label: { type: 'string', required: true, description: 'Whose key it is, for the list' },
    vendor: { type: 'string', valueHint: 'id', description: 'The vendor, with the role vendor' },
    sme: { type: 'string', valueHint: 'id', description: 'The firm, with the role sme' },
    out: { type: 'string', valueHint: 'file', description: 'A new file for the key, mode 0600' },
    ...connectionArgs,
  },
  async run({ args }) {
    const { role, label } = args;
    const body = { role, label, vendorId: args.vendor ?? null, smeId: args.sme ?? null };
    const client = clientFrom(args);
    // Made before the key: one that cannot be written would be lost.
    if (args.out !== undefined) makeFile(args.out);
    const made = await client
      .json(madeSchema, 'POST', '/v1/keys', jsonBody(body))
      .catch((error: unknown) => {
        // Empty, it would only stand in the way of the corrected command.
        if (args.out !== undefined) rmSync(args.out, { force: true });
        throw error;
      });
    process.stderr.write(`金鑰 Key ${made.keyId}\n`);
    if (args.out === undefined) process.stdout.write(`${made.key}\n`);
    else writeFileSync(args.out, `${made.key}\n`);
  },
});

function makeFile(path: string): void {
  try {
    writeFileSync(path, '', { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
    throw new UsageError('The file of --out is there already: remove it, or name another.');
  }
}

const list = defineCommand({
  meta: { name: 'list', description: 'Keys in force, without their secrets' },
  args: { ...limitArg, ...connectionArgs },
  async run({ args }) {
    const rowsMax = limitFrom(args);
    const { items, isCut } = await clientFrom(args).list(keySchema, '/v1/keys', rowsMax);
    const rows = items.map((key) => {
      const { keyId, role, vendorId, smeId, label, createdAt } = key;
      return [keyId, role, vendorId ?? smeId ?? '–', label, createdAt];
    });
    process.stdout.write(
      table([['金鑰 Key', '角色 Role', '所屬 Of', '標籤 Label', '建立 Created'], ...rows]),
    );
    sayCut(isCut, rowsMax);
  },
});

const revoke = defineCommand({
  meta: { name: 'revoke', description: 'Revoke a key; it is refused within seconds' },
  args: {
    key: {
      type: 'positional',
      required: true,
      description: 'The id of the key, as listed; never the key itself',
    },
    ...connectionArgs,
  },
  async run({ args }) {
    await clientFrom(args).call('DELETE', `/v1/keys/${encodeURIComponent(args.key)}`);
    process.stdout.write('已撤銷 revoked\n');
  },
});

/** `flowproof keys …`: who may call the server. */
export const keys = defineCommand({
  meta: { name: 'keys', description: 'Make, list and revoke keys, as the administrator' },
  subCommands: { create, list, revoke },
});

const madeSchema = z.object({ keyId: z.string(), key: z.string() });
const keySchema = z.object({
  keyId: z.string(),
  role: z.string(),
  vendorId: z.string().nullable(),
  smeId: z.string().nullable(),
  label: z.string(),
  createdAt: z.string(),
});
