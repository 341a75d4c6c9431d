import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, startTestApp, type TestApp } from '../helpers/app.ts';
import { useFolder } from '../helpers/folder.ts';
import { countedOf, RECIPE_ORDER, recipesOf, runRecipe, seedRecipes } from '../helpers/recipes.ts';

/** The recipes of docs/ingest.md and docs/client.md, run as they stand there, with real curl. */

const NOW = '2023-07-20T18:00:00+08:00';
const folder = useFolder();
let app: TestApp;
let acme: Client;
beforeAll(async () => {
  app = await startTestApp({ simulated: true });
  acme = await seedRecipes(app);
});
afterAll(() => app.remove());

function curl(name: string): Promise<string> {
  const env = {
    URL: app.url,
    VENDOR: `Authorization: Bearer ${acme.key}`,
    NOW: `Flowproof-Now: ${NOW}`,
  };
  return runRecipe(name, acme, { page: 'ingest.md', cwd: folder.path, env });
}

describe('the recipes of ingest.md', () => {
  it('send one event as JSON', async () => {
    expect(JSON.parse(await curl('ingest-json'))).toMatchObject({ received: 1, accepted: 1 });
  });

  it('send CSV, and are answered as the page says', async () => {
    expect(JSON.parse(await curl('ingest-csv'))).toEqual({
      batchId: expect.any(String),
      received: 3,
      accepted: 2,
      rejected: [
        {
          index: 2,
          id: 'c-3',
          code: 'unknown_sme',
          detail: 'smeId names no registered firm',
        },
      ],
      receipt: expect.toSatisfy((receipt) => receipt === null || typeof receipt === 'object'),
    });
  });

  it('send NDJSON, gzipped on the way', async () => {
    const event = {
      solutionId: 'acme-pos',
      smeId: '25196966',
      actorId: 'wang',
      action: 'create',
      occurredAt: '2023-07-20T09:00:00+08:00',
    };
    const lines = [1, 2].map((i) => `${JSON.stringify({ id: `n-${i}`, ...event })}\n`);
    writeFileSync(join(folder.path, 'events.ndjson'), lines.join(''));
    expect(JSON.parse(await curl('ingest-gzip'))).toMatchObject({ received: 2, accepted: 2 });
  });

  it('are all of them', () => {
    const names = ['ingest-json', 'ingest-csv', 'ingest-gzip'];
    expect([...recipesOf('ingest.md').keys()]).toEqual(names);
  });
});

describe('the recipes of client.md', () => {
  it.each([
    ['client-send', '{"sent":1,"accepted":1,"rejected":[]}\n', ['client-1']],
    ['client-buffer', '', ['client-2', 'client-3']],
  ])('%s delivers what it says, and it counts', async (name, printed, ids) => {
    expect(await runRecipe(name, acme, { page: 'client.md' })).toBe(printed);
    const counted = await countedOf(app, RECIPE_ORDER, 'client-');
    expect(counted).toMatchObject(Object.fromEntries(ids.map((id) => [id, true])));
  });
});
