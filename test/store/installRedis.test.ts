import { describe, expect, it } from 'vitest';
import { ensureRedisServer, type Machine } from '../../store/installRedis.ts';

/** A machine on which only some commands work; apt-get brings redis-server. */
function machine(root: boolean, commands: readonly string[]) {
  const present = new Set(commands);
  const ran: string[] = [];
  const fake: Machine = {
    root,
    async run(command, args) {
      if (!present.has(command)) throw new Error(`${command}: not found`);
      ran.push([command, ...args].join(' '));
      if (args.includes('install')) present.add('redis-server');
    },
  };
  return { fake, ran };
}

describe('ensureRedisServer', () => {
  it('does nothing where redis-server is there', async () => {
    const { fake, ran } = machine(true, ['redis-server', 'apt-get', 'env']);
    const log: string[] = [];
    await ensureRedisServer(fake, (line) => log.push(line));
    expect(ran).toEqual(['redis-server --version']);
    expect(log).toEqual([]);
  });

  it("installs Debian's package as root, and says so first", async () => {
    const { fake, ran } = machine(true, ['apt-get', 'env']);
    const log: string[] = [];
    await ensureRedisServer(fake, (line) => log.push(`${line} after ${ran.length}`));
    expect(log).toEqual([expect.stringMatching(/apt-get after 1$/)]);
    expect(ran.slice(1)).toEqual([
      'env DEBIAN_FRONTEND=noninteractive apt-get update',
      'env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends redis-server',
      'redis-server --version',
    ]);
  });

  it.each([
    ['not root', false, ['apt-get', 'env']],
    ['without apt-get', true, ['env']],
    ['with an apt-get that fails', true, ['apt-get']],
  ])('%s, it throws with the command for each system and the alternative', async (_, root, has) => {
    const { fake } = machine(root, has);
    await expect(ensureRedisServer(fake, () => {})).rejects.toThrow(
      /apt-get install redis-server.*brew install redis.*REDIS_URL/,
    );
  });
});
