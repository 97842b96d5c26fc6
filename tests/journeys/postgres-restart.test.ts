import { Webhook } from 'standardwebhooks';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase, openPool } from '../../src/database/connect.ts';
import { updateDatabase } from '../../src/migration/update-database.ts';
import { loadInstallation } from '../../src/installation/installation.ts';
import { findFreePort } from '../support/free-port.ts';
import { openLog } from '../../src/log.ts';
import { openCrashablePostgres } from '../support/crashable-postgres.ts';
import { runCommand } from '../support/run-command.ts';
import { spawnVerdicts } from '../support/run-verdicts.ts';
import { createTestDatabase } from '../support/test-database.ts';
import {
  draftIssueFor,
  expectOneMailEach,
  findIssueStatus,
  serveFakeResend,
  settingsOf,
} from '../support/workers.ts';

const READERS = 1_500;

test(
  'after a PostgreSQL crash in the middle of sending, worker and web recover by themselves, and every reader has one mail',
  { timeout: 120_000 },
  async () => {
    const server = await openCrashablePostgres();
    onTestFinished(() => server.close());
    const { db: outboxDb } = await createTestDatabase();
    const fakeResend = await serveFakeResend(outboxDb);
    const settings = {
      ...settingsOf(server.url, fakeResend, 'here'),
      PORT: String(await findFreePort()),
    };
    const db = openDatabase(openPool(server.url));
    onTestFinished(() => db.destroy());
    await updateDatabase(server.url, openLog('silent'));
    await draftIssueFor(db, READERS, settings);
    const { id: sender } = await loadInstallation(db);
    const web = spawnVerdicts(['start', '--only', 'web'], settings);
    await expect.poll(web.stdout, { timeout: 20_000 }).toContain('is running');
    const get = async (page: string) => (await fetch(`http://127.0.0.1:${settings.PORT}${page}`)).status;

    fakeResend.onAccepted = async () => {
      if (fakeResend.calls.length === 5) {
        // Resend has accepted the batch, but the outcome cannot be recorded.
        await server.crash();
      }
    };
    expect(await runCommand(['issue', 'send', 'latest', '--yes'], settings)).toMatchObject({ code: 0 });
    const worker = spawnVerdicts(['start', '--only', 'worker'], settings);
    await expect.poll(worker.stderr, { timeout: 20_000 }).toContain('cannot be used');
    expect(await get('/healthz')).toBe(200);
    expect(await get('/readyz')).toBe(503);
    for (let time = 0; time < 20; time++) {
      const page = await fetch(`http://127.0.0.1:${settings.PORT}/`);
      expect([page.status, page.headers.get('retry-after')]).toEqual([503, '10']);
    }
    expect(await postEvent(settings, sender)).toEqual([503, '10']);
    expect(web.stderr().match(/cannot be used/g), 'one line a minute').toHaveLength(1);

    await server.restart();
    await expect.poll(() => get('/readyz'), { timeout: 20_000 }).toBe(200);
    expect(await get('/')).toBe(200);
    await expect.poll(() => findIssueStatus(db), { timeout: 60_000, interval: 100 }).toBe('sent');
    worker.process.kill('SIGTERM');
    web.process.kill('SIGTERM');
    expect(await Promise.all([worker.ended, web.ended])).toEqual([0, 0]);
    await expectOneMailEach(db, outboxDb, READERS);
  },
);

/** Posts a validly signed webhook; returns status and Retry-After. */
async function postEvent(settings: Record<string, string>, sender: string): Promise<[number, string | null]> {
  const secret = settings.RESEND_WEBHOOK_SECRET ?? '';
  const at = new Date();
  const body = JSON.stringify({
    type: 'email.delivered',
    created_at: at.toISOString(),
    data: { tags: { sender, delivery: '1' } },
  });
  const answer = await fetch(`http://127.0.0.1:${settings.PORT}/webhooks/resend`, {
    method: 'POST',
    body,
    headers: {
      'svix-id': 'msg_1',
      'svix-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'svix-signature': new Webhook(secret.replace('whsec_', '')).sign('msg_1', at, body),
    },
  });
  return [answer.status, answer.headers.get('retry-after')];
}
