import { expect, test } from 'vitest';
import { findFreePort } from '../support/free-port.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { runCommand } from '../support/run-command.ts';
import { spawnVerdicts } from '../support/run-verdicts.ts';
import { seedThisWeek } from '../support/seed.ts';
import { shortenMails } from '../support/shorten-mails.ts';
import { weekOf } from '../../src/week.ts';

const READERS = 1_500;

test(
  'after kill -9 in the middle of sending and a restart, every reader has exactly one mail',
  { timeout: 120_000 },
  async () => {
    const { db, url } = await createTestDatabase();
    const env = { DATABASE_URL: url };
    const week = weekOf(new Date(), 'UTC');
    await seedThisWeek(db, READERS);
    await shortenMails(db);
    expect(await runCommand(['issue', 'draft'], env)).toMatchObject({ code: 0 });
    expect(await runCommand(['issue', 'send', 'latest', '--yes'], env)).toMatchObject({ code: 0 });
    const settled = async () =>
      (await db.selectFrom('batches').select('id').where('status', '=', 'settled').execute()).length;

    const first = spawnVerdicts(['start', '--only', 'worker'], env);
    await expect.poll(settled, { timeout: 30_000, interval: 20 }).toBeGreaterThan(3);
    first.process.kill('SIGKILL');
    expect(await first.ended).toBe('SIGKILL');
    expect(await settled()).toBeLessThan(READERS / 100);

    const second = spawnVerdicts(['start', '--only', 'worker'], env);
    const status = async () =>
      (await db.selectFrom('issues').select('status').where('week', '=', week).executeTakeFirst())?.status;
    await expect.poll(status, { timeout: 90_000, interval: 200 }).toBe('sent');
    second.process.kill('SIGTERM');
    expect(await second.ended).toBe(0);
    const mails = await db.selectFrom('outbox.mails').select('to_addresses').execute();
    expect(mails).toHaveLength(READERS);
    expect(new Set(mails.map((mail) => mail.to_addresses[0])).size).toBe(READERS);
    const deliveries = await db.selectFrom('deliveries').select('status').distinct().execute();
    expect(deliveries).toEqual([{ status: 'submitted' }]);
  },
);

test(
  'a worker stopped while Resend does not answer exits within twelve seconds, and the batch is sent once after a restart',
  { timeout: 120_000 },
  async () => {
    const { db, url } = await createTestDatabase();
    const env = { DATABASE_URL: url, PORT: String(await findFreePort()) };
    await seedThisWeek(db, 30);
    const first = spawnVerdicts(['start'], env);
    await expect.poll(first.stdout, { timeout: 30_000 }).toContain('is running');
    const fault = JSON.stringify({ kind: 'slow', times: 1, ms: 15_000 });
    const headers = {
      Authorization: 'Bearer re_local',
      'User-Agent': 'test',
      'Content-Type': 'application/json',
    };
    const set = await fetch(`http://127.0.0.1:${env.PORT}/outbox/api/faults`, {
      method: 'POST',
      body: fault,
      headers,
    });
    expect(set.ok).toBe(true);
    await runCommand(['issue', 'draft'], env);
    await runCommand(['issue', 'send', 'latest', '--yes'], env);
    const batch = async () => (await db.selectFrom('batches').select('status').executeTakeFirst())?.status;
    await expect.poll(batch, { timeout: 20_000 }).toBe('submitting');
    const asked = Date.now();
    first.process.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    expect(Date.now() - asked).toBeLessThan(12_000);

    const second = spawnVerdicts(['start'], env);
    const status = async () => (await db.selectFrom('issues').select('status').executeTakeFirst())?.status;
    await expect.poll(status, { timeout: 60_000, interval: 200 }).toBe('sent');
    second.process.kill('SIGTERM');
    expect(await second.ended).toBe(0);
    const mails = await db.selectFrom('outbox.mails').select('to_addresses').execute();
    expect(new Set(mails.map((mail) => mail.to_addresses[0])).size).toBe(30);
    expect(mails).toHaveLength(30);
  },
);
