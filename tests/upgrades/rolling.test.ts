import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { expect, onTestFinished, test } from 'vitest';
import { type Db, openDatabase, openPool } from '../../src/database/connect.ts';
import { deriveLinkKeys, signVote } from '../../src/links/tokens.ts';
import { messageOf } from '../../src/errors.ts';
import { findFreePort } from '../support/free-port.ts';
import { findIssueStatus, serveFakeResend, settingsOf } from '../support/workers.ts';
import { spawnVerdicts } from '../support/run-verdicts.ts';
import { contentOf } from '../support/seed.ts';
import { shortenMails } from '../support/shorten-mails.ts';
import { createEmptyDatabase, createTestDatabase } from '../support/test-database.ts';
import { findPreviousRelease, openRelease } from './previous-release.ts';

const READERS = 3_500;
const ACCEPTED = new Set([200, 303]);

const previous = findPreviousRelease();

/** docs/operating.md, "Updating without downtime". */
test.skipIf(!previous)(
  'during a rolling update from the previous release under traffic, no request fails, nothing is lost, and nobody is mailed twice',
  { timeout: 180_000 },
  async () => {
    const old = openRelease(previous ?? '');
    const { db: outboxDb } = await createTestDatabase();
    const fakeResend = await serveFakeResend(outboxDb);
    const url = await createEmptyDatabase();
    const settings = settingsOf(url, fakeResend, 'all');
    expect(await old.run(['migrate'], settings)).toBe(0);
    const db = openDatabase(openPool(url, 3));
    onTestFinished(() => db.destroy());
    await shortenMails(db);
    expect(await old.run(['content', 'import', writeContent()], settings)).toBe(0);
    await db
      .updateTable('tools')
      .set({ price_checked_on: new Date().toISOString().slice(0, 10) })
      .execute();
    expect(await old.run(['subscribers', 'import', writeReaders()], settings)).toBe(0);
    expect(await old.run(['issue', 'draft'], settings)).toBe(0);

    const [portBefore, portAfter] = [await findFreePort(), await findFreePort()];
    const webBefore = old.spawn(['start', '--only', 'web'], { ...settings, PORT: String(portBefore) });
    const workerBefore = old.spawn(['start', '--only', 'worker'], settings);
    await Promise.all([webBefore.waitUntilRunning(), workerBefore.waitUntilRunning()]);
    const ports = [portBefore];
    expect(await old.run(['issue', 'send', 'latest'], settings)).toBe(0);
    await expect.poll(() => fakeResend.calls.length, { timeout: 30_000 }).toBeGreaterThan(2);
    const traffic = startTraffic(settings, ports, await findInstallationId(db));
    await sleep(1_000);

    // Under traffic the new version migrates, and runs alongside the old one for a while.
    const webAfter = spawnVerdicts(['start', '--only', 'web'], { ...settings, PORT: String(portAfter) });
    await expect.poll(webAfter.stdout, { timeout: 30_000 }).toContain('is running');
    ports.push(portAfter);
    const workerAfter = spawnVerdicts(['start', '--only', 'worker'], settings);
    await expect.poll(workerAfter.stdout, { timeout: 30_000 }).toContain('is running');
    await sleep(1_500);
    ports.shift();
    await sleep(200);
    webBefore.process.kill('SIGTERM');
    workerBefore.process.kill('SIGTERM');
    await expect.poll(() => findIssueStatus(db), { timeout: 90_000, interval: 200 }).toBe('sent');
    const { failures, signUps, votes } = await traffic.stop();

    expect(failures).toEqual([]);
    expect(Math.min(signUps, votes)).toBeGreaterThan(20);
    const confirmations = () =>
      outboxDb
        .selectFrom('outbox.mails')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('subject', 'like', '%onfirm%')
        .executeTakeFirst();
    await expect.poll(confirmations, { timeout: 30_000 }).toEqual({ count: signUps });
    expect(await db.selectFrom('votes').select('tool_slug').execute()).toHaveLength(votes);
    const mails = await outboxDb
      .selectFrom('outbox.mails')
      .select('to_addresses')
      .where('subject', 'not like', '%onfirm%')
      .execute();
    const readers = new Set(mails.map(({ to_addresses }) => to_addresses[0]));
    expect([mails.length, readers.size]).toEqual([READERS, READERS]);
    const open = await db
      .selectFrom('deliveries')
      .select('id')
      .where('status', 'in', ['queued', 'submitting', 'unknown'])
      .execute();
    expect(open).toEqual([]);
  },
);

function writeContent(): string {
  return writeTemporary(
    'content.json',
    JSON.stringify(contentOf(new Date(Date.now() - 86_400_000).toISOString())),
  );
}

function writeReaders(): string {
  const lines = Array.from(
    { length: READERS },
    (_, index) => `delivered+${index + 1}@resend.dev,test,2026-01-01T00:00:00Z\n`,
  );
  return writeTemporary('readers.csv', `email,consent_source,confirmed_at\n${lines.join('')}`);
}

function writeTemporary(name: string, text: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'verdicts-rolling-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** Derived from the hash key, because this version's columns do not exist yet. */
async function findInstallationId(db: Db): Promise<string> {
  const { hash_key } = await db.selectFrom('installation').select('hash_key').executeTakeFirstOrThrow();
  return createHash('sha256').update(hash_key).digest('hex').slice(0, 12);
}

/** Sends sign-ups, votes and webhooks to the open ports in rotation, until it is stopped. */
function startTraffic(settings: Record<string, string>, ports: readonly number[], sender: string) {
  const stopping = new AbortController();
  const failures: string[] = [];
  const counts = { signUps: 0, votes: 0 };
  const keys = deriveLinkKeys([settings.LINK_SECRET ?? '']);
  let requests = 0;
  const post = async (path: string, body: string | URLSearchParams, headers: Record<string, string> = {}) => {
    const port = ports[requests++ % ports.length];
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      body,
      headers,
      redirect: 'manual',
    }).catch((error: Error) => ({ status: 0, text: () => Promise.resolve(messageOf(error.cause ?? error)) }));
    if (!ACCEPTED.has(answer.status)) {
      failures.push(`${path.slice(0, 12)} ${answer.status} ${(await answer.text()).slice(0, 200)}`);
    }
    return answer;
  };
  const signUp = async (number: number) => {
    const form = new URLSearchParams({ email: `delivered+new${number}@resend.dev`, source: '/' });
    const page = await (await post('/subscribe', form)).text();
    if (page.includes('One more press')) {
      // This version got the form as the previous one's page has it; either version may receive the second press.
      const hidden = page.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g);
      await sleep(1_100);
      await post('/subscribe', new URLSearchParams([...hidden].map(([, name, value]) => [name!, value!])));
    }
    counts.signUps += 1;
  };
  const vote = async (number: number) => {
    const token = signVote(keys, { issue_id: 1, subscriber_id: number });
    await post(`/v/${token}/harborlight/ship`, new URLSearchParams({ way: 'button' }));
    counts.votes += 1;
  };
  const report = async (delivery: number) => {
    const id = `msg_${randomUUID()}`;
    const at = new Date();
    const body = JSON.stringify({
      type: 'email.delivered',
      created_at: at.toISOString(),
      data: { email_id: randomUUID(), tags: { sender, delivery: String(delivery), round: '1' } },
    });
    const signature = new Webhook((settings.RESEND_WEBHOOK_SECRET ?? '').replace('whsec_', '')).sign(
      id,
      at,
      body,
    );
    await post('/webhooks/resend', body, {
      'svix-id': id,
      'svix-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'svix-signature': signature,
    });
  };
  const loops = [signUp, vote, report].map(async (act) => {
    for (let number = 1; !stopping.signal.aborted && number < READERS; number++) {
      await act(number);
      await sleep(60);
    }
  });
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(loops);
      return { failures, ...counts };
    },
  };
}
