import { expect, onTestFinished, test } from 'vitest';
import { findFreePort } from '../support/free-port.ts';
import { spawnVerdicts } from '../support/run-verdicts.ts';
import { createTestDatabase } from '../support/test-database.ts';

test(
  'web processes share a port when both have --share-port, and one keeps serving when the other ends',
  { timeout: 60_000 },
  async () => {
    const { url } = await createTestDatabase();
    const port = await findFreePort();
    const settings = { DATABASE_URL: url, PORT: String(port) };
    const startWeb = (...flags: string[]) => spawnVerdicts(['start', '--only', 'web', ...flags], settings);
    const get = async () => {
      // One connection per request: the kernel distributes connections, not requests.
      const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { headers: { Connection: 'close' } });
      return answer.status;
    };
    const first = startWeb('--share-port');
    const second = startWeb('--share-port');
    for (const web of [first, second]) {
      await expect.poll(web.stdout, { timeout: 20_000 }).toContain('is running');
    }
    const alone = startWeb();
    onTestFinished(() => void alone.process.kill('SIGKILL'));
    expect(await alone.ended).toBe(1);
    expect(alone.stderr()).toContain(
      `Cannot listen on 127.0.0.1:${port} (EADDRINUSE); set PORT to a free one.`,
    );
    expect(new Set(await Promise.all(Array.from({ length: 40 }, get)))).toEqual(new Set([200]));

    first.process.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    expect(new Set(await Promise.all(Array.from({ length: 40 }, get)))).toEqual(new Set([200]));
    second.process.kill('SIGTERM');
    expect(await second.ended).toBe(0);
  },
);
