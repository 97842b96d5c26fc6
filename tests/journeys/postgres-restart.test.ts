import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Webhook } from 'standardwebhooks';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase, openPool } from '../../src/database.ts';
import { updateDatabase } from '../../src/database/update-database.ts';
import { loadInstallation } from '../../src/installation.ts';
import { findFreePort } from '../../src/local/find-free-port.ts';
import { openLocalPostgres } from '../../src/local/postgres.ts';
import { openLog } from '../../src/log.ts';
import { runVerdicts, spawnVerdicts } from '../support/run-verdicts.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { draftForReaders, expectOneMailEach, findIssueStatus, serveStandIn, settingsOf } from './machines.ts';
import { openTcpProxy } from './tcp-proxy.ts';

const READERS = 3_000;

test(
  'PostgreSQL crashes in the middle of sending and comes back: worker and web go on by themselves, everybody has one mail',
  { timeout: 120_000 },
  async () => {
    const server = await openServer();
    const { db: outboxDb } = await createTestDatabase();
    const standIn = await serveStandIn(outboxDb);
    const settings = { ...settingsOf(server.url, standIn, 'here'), PORT: String(await findFreePort()) };
    const db = openDatabase(openPool(server.url));
    onTestFinished(() => db.destroy());
    await updateDatabase(server.url, openLog('silent'));
    await draftForReaders(db, READERS, settings);
    const { id: sender } = await loadInstallation(db);
    const web = spawnVerdicts(['start', '--only', 'web'], settings);
    await expect.poll(web.stdout, { timeout: 20_000 }).toContain('is running');
    const get = async (page: string) => (await fetch(`http://127.0.0.1:${settings.PORT}${page}`)).status;

    standIn.onAccepted = async () => {
      if (standIn.calls.length === 5) {
        // Accepted, and nobody can write it down.
        await server.crash();
      }
    };
    expect(await runVerdicts(['issue', 'send', 'latest'], settings)).toMatchObject({ code: 0 });
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

    await server.startAgain();
    await expect.poll(() => get('/readyz'), { timeout: 20_000 }).toBe(200);
    expect(await get('/')).toBe(200);
    await expect.poll(() => findIssueStatus(db), { timeout: 60_000, interval: 100 }).toBe('sent');
    worker.process.kill('SIGTERM');
    web.process.kill('SIGTERM');
    expect(await Promise.all([worker.ended, web.ended])).toEqual([0, 0]);
    await expectOneMailEach(db, outboxDb, READERS);
  },
);

/** Status and Retry-After of a webhook that is signed as Resend's are: it is sent again later. */
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

/** A server of its own behind an address that stays the same. */
async function openServer() {
  const home = mkdtempSync(path.join(tmpdir(), 'weekly-verdicts-restart-'));
  chmodSync(home, 0o755);
  const flags = ['fsync=off'];
  const servers = [await openLocalPostgres(home, flags)];
  const url = new URL(servers[0]!.url);
  const proxy = await openTcpProxy(Number(url.port));
  url.port = String(proxy.port);
  const pidFile = path.join(home, 'postgres', 'postmaster.pid');
  onTestFinished(async () => {
    servers.forEach((server) => server.close());
    await expect.poll(() => existsSync(pidFile), { timeout: 20_000 }).toBe(false);
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  return {
    url: url.href,
    /** As `pg_ctl stop -m immediate`: no goodbye, no checkpoint, and what was not committed is lost. */
    crash: async () => {
      const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
      process.kill(pid, 'SIGQUIT');
      await expect.poll(() => isRunning(pid), { timeout: 20_000, interval: 5 }).toBe(false);
      await proxy.close();
    },
    startAgain: async () => {
      const server = await openLocalPostgres(home, flags);
      servers.push(server);
      await proxy.reopen(Number(new URL(server.url).port));
    },
  };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
