import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { deriveLinkKeys, signPage } from '../../src/links/tokens.ts';
import { CONSENT_WORDING } from '../../src/web/layout/sign-up-form.tsx';
import { findFreePort } from '../support/free-port.ts';
import { runVerdicts, spawnVerdicts } from '../support/run-verdicts.ts';
import { seedThisWeek } from '../support/seed.ts';
import { createTestDatabase } from '../support/test-database.ts';

const LINK_SECRET = 'a-secret-that-is-long-enough-for-signing-links';

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

test(
  'a web process that is asked to stop answers the requests in progress first',
  { timeout: 60_000 },
  async () => {
    const { url, db } = await createTestDatabase();
    const port = await findFreePort();
    const settings = { DATABASE_URL: url, PORT: String(port), LINK_SECRET };
    await seedThisWeek(db, 3);
    expect(await runVerdicts(['issue', 'draft'], settings)).toMatchObject({ code: 0 });
    const { week } = await db.selectFrom('issues').select('week').executeTakeFirstOrThrow();
    const web = spawnVerdicts(['start', '--only', 'web'], settings);
    await expect.poll(web.stdout, { timeout: 20_000 }).toContain('is running');
    const page = `http://127.0.0.1:${port}`;
    // A stream ends at once, and a connection that is idle does not hold up anything.
    const stream = await fetch(`${page}/studio/issues/${week}/events`);
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    await fetch(`${page}/`);
    const started = signPage(
      deriveLinkKeys([LINK_SECRET]),
      { issue_id: 0, subscriber_id: 0 },
      new Date(Date.now() - 60_000),
    );
    const signUps = await Promise.all(
      ['ann', 'bo', 'cy'].map((name) =>
        beginPost(
          `${page}/subscribe`,
          new URLSearchParams({ email: `delivered+${name}@resend.dev`, wording: CONSENT_WORDING, started }),
        ),
      ),
    );
    const stoppedAt = performance.now();
    // Twice, as Ctrl-C arrives under npm.
    web.process.kill('SIGINT');
    await sleep(5);
    web.process.kill('SIGINT');
    expect(await Promise.all(signUps.map((finish) => finish()))).toEqual([200, 200, 200]);
    expect(await web.ended).toBe(0);
    expect(performance.now() - stoppedAt).toBeLessThan(5_000);
    await stream?.body?.cancel().catch(() => undefined);
    const stored = await db
      .selectFrom('subscribers')
      .select('email')
      .where('email', 'like', 'delivered+_%')
      .execute();
    expect(stored.map(({ email }) => email)).toEqual(
      expect.arrayContaining(['ann', 'bo', 'cy'].map((name) => `delivered+${name}@resend.dev`)),
    );
  },
);

/** Sends a form's headers, and returns when the server waits for the rest; the function sends that and returns the status. */
async function beginPost(url: string, form: URLSearchParams): Promise<() => Promise<number | undefined>> {
  const body = form.toString();
  const request = http.request(url, {
    method: 'POST',
    headers: {
      Origin: new URL(url).origin,
      'Content-Type': 'application/x-www-form-urlencoded',
      'Content-Length': Buffer.byteLength(body),
      Expect: '100-continue',
    },
  });
  request.flushHeaders();
  await once(request, 'continue');
  return async () => {
    request.end(body);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.resume();
    return response.statusCode;
  };
}
