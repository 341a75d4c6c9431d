import { startPrivateRedis } from '../../store/redisServer.ts';

/** A process that owns a private Redis, ignores Ctrl-C and waits to be killed. */
process.on('SIGINT', () => process.stdout.write('interrupted\n'));
const [dataDir = ''] = process.argv.slice(2);
const redis = await startPrivateRedis({ dataDir });
process.stdout.write(`${redis.connection.path}\n`);
