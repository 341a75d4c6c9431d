/** What the installation needs of the machine. */
export interface Machine {
  readonly root: boolean;
  /** Runs a command to its end; rejects where it is missing or fails. */
  run(command: string, args: readonly string[]): Promise<void>;
}

/**
 * Makes sure that `redis-server` is on the PATH: installs Debian's package where it can (root and
 * apt-get).
 * @throws Error that says the one command to run, or the variable that makes it needless
 */
export async function ensureRedisServer(
  machine: Machine,
  log: (line: string) => void,
): Promise<void> {
  if (await runs(machine, 'redis-server')) return;
  if (!machine.root || !(await runs(machine, 'apt-get'))) throw new Error(MISSING);
  log('redis-server is missing: installing the Debian package redis-server with apt-get');
  const apt = ['DEBIAN_FRONTEND=noninteractive', 'apt-get'];
  try {
    await machine.run('env', [...apt, 'update']);
    await machine.run('env', [...apt, 'install', '-y', '--no-install-recommends', 'redis-server']);
  } catch (cause) {
    throw new Error(`Installing redis-server with apt-get failed. ${MISSING}`, { cause });
  }
  if (!(await runs(machine, 'redis-server'))) throw new Error(MISSING);
}

const MISSING =
  'redis-server is not on the PATH. Install it with "apt-get install redis-server" (Debian, ' +
  'Ubuntu; as root) or "brew install redis" (macOS), or set REDIS_URL to a server that runs already.';

async function runs(machine: Machine, command: string): Promise<boolean> {
  return machine.run(command, ['--version']).then(
    () => true,
    () => false,
  );
}
