import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { findFreePort } from '../support/free-port.ts';
import { sql } from 'kysely';
import { readConfig } from '../../src/config/config.ts';
import { openContext } from '../../src/context.ts';
import { signPage, signVote } from '../../src/links/tokens.ts';
import { openLog } from '../../src/log.ts';
import { updateDatabase } from '../../src/migration/update-database.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { buildService } from '../support/build.ts';
import { seedContent } from '../support/seed.ts';
import { CONSENT_WORDING } from '../../src/web/layout/sign-up-form.tsx';
import { addApprovedIssue, readLine, spawnBench, WEEK } from './bench-environment.ts';
import { readMemoryMb } from './processes.ts';
import { openRestartablePostgres } from './restartable-postgres.ts';
import { startService } from './service.ts';
import { REAL_SETTINGS } from './worker.ts';

/** Requests per second of mixed traffic, and for how many seconds; PostgreSQL is restarted once in the middle. */
const RATE = Number(process.env.RATE ?? 500);
const SECONDS = Number(process.env.SECONDS ?? 600);
/**
 * A process that has just started still compiles its code and has nothing cached, so it first gets a fifth of the
 * requests.
 */
const WARM_UP_SECONDS = 30;
const READERS = Number(process.env.READERS ?? 60_000);
/** The composition of 100 requests. */
const MIX = { 'vote page': 35, vote: 15, page: 25, file: 10, event: 10, 'sign-up': 5 } as const;
/** Enough for an issue to go out during the whole run, and for the mails to those who sign up. */
const CALLS_PER_SECOND = Math.max(0.5, (READERS / 100 / SECONDS) * 1.2) + (RATE * MIX['sign-up']) / 100;
const TOOL = 'harborlight';

type Kind = keyof typeof MIX;

interface Answer {
  kind: Kind;
  at_s: number;
  ms: number;
  status: number;
}

/** The web role under mixed traffic while an issue goes out, events arrive and PostgreSQL is restarted once. */
export async function benchLoad(): Promise<void> {
  await buildService();
  const postgres = await openRestartablePostgres();
  const sink = spawnBench('sink.ts', []);
  const { url: sinkUrl } = (await readLine(sink)) as { url: string };
  const port = await findFreePort();
  const settings = {
    PORT: String(port),
    LOG_LEVEL: 'error',
    SIGN_UPS_PER_SOURCE: '100000',
    SIGN_UPS_PER_HOUR: '100000',
  };
  await updateDatabase(postgres.url, openLog('error'));
  const context = await openContext(readConfig(settings), postgres.url, sinkUrl);
  await fill(context);
  const web = await startService(['start', '--only', 'web'], {
    ...settings,
    DATABASE_URL: postgres.url,
    NODE_OPTIONS: '--max-semi-space-size=32',
  });
  // It has a key, because without one it would also be the outbox and store every mail.
  const worker = await startService(['start', '--only', 'worker'], {
    ...settings,
    ...REAL_SETTINGS,
    DATABASE_URL: postgres.url,
    RESEND_BASE_URL: sinkUrl,
  });
  await sendMixed(context, port, performance.now(), RATE / 5, WARM_UP_SECONDS);
  const memory: number[] = [];
  const sampler = setInterval(() => memory.push(readMemoryMb(web.pid, 'VmRSS')), 5_000);
  const restart = { from_s: SECONDS / 2, to_s: 0 };
  const started = performance.now();
  const restarting = sleep(restart.from_s * 1_000).then(async () => {
    await postgres.restart();
    restart.to_s = (performance.now() - started) / 1_000;
  });
  const answers = await sendMixed(context, port, started, RATE, SECONDS);
  await restarting;
  clearInterval(sampler);
  const sent = await context.db
    .selectFrom('deliveries')
    .select(({ fn }) => fn.countAll<number>().as('mails'))
    .where('status', '<>', 'queued')
    .executeTakeFirst();
  report(answers, memory, restart, sent?.mails ?? 0);
  await Promise.all([web.stop(), worker.stop()]);
  sink.kill('SIGKILL');
  await context.close();
  await postgres.close();
}

async function fill(context: Awaited<ReturnType<typeof openContext>>): Promise<void> {
  const { db } = context;
  await seedContent(db);
  await sql`
    insert into subscribers (email, status, consent_source, requested_at, confirmed_at)
    select 'reader.' || number || '@readers.example.net', 'active', 'bench', '2026-01-01', '2026-01-01'
    from generate_series(1, ${READERS}::integer) as number`.execute(db);
  await addApprovedIssue(db, WEEK, 1);
  await db.updateTable('send_rate').set({ calls_per_second: CALLS_PER_SECOND }).execute();
  await prepareIssue(context, WEEK);
  await sql`analyze`.execute(db);
}

/** Sends requests at a steady rate, however long the answers take. */
async function sendMixed(
  context: Awaited<ReturnType<typeof openContext>>,
  port: number,
  started: number,
  rate: number,
  seconds: number,
): Promise<Answer[]> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 256, timeout: 30_000 });
  const kinds = Object.entries(MIX).flatMap(([kind, share]) =>
    Array.from({ length: share }, () => kind as Kind),
  );
  const answers: Answer[] = [];
  const open = new Set<Promise<void>>();
  for (let number = 0; number < rate * seconds; number++) {
    const due = started + (1_000 * number) / rate;
    const early = due - performance.now();
    if (early > 1) {
      await sleep(early);
    }
    const kind = kinds[(number * 37) % kinds.length]!;
    const asked = ask(agent, port, requestOf(context, kind, number)).then((status) => {
      answers.push({ kind, at_s: (due - started) / 1_000, ms: performance.now() - due, status });
    });
    open.add(asked);
    void asked.finally(() => open.delete(asked));
  }
  await Promise.all(open);
  agent.destroy();
  return answers;
}

interface RequestSpec {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const PAGES = ['/', '/issues', '/comparisons', '/results', '/feed.atom'];

function requestOf(
  context: Awaited<ReturnType<typeof openContext>>,
  kind: Kind,
  number: number,
): RequestSpec {
  const ballot = { issue_id: 1, subscriber_id: 1 + (number % READERS) };
  const link = `${TOOL}/ship`;
  switch (kind) {
    case 'vote page':
      return { method: 'GET', path: `/v/${signVote(context.linkKeys, ballot)}/${link}` };
    case 'vote': {
      const page = signPage(context.linkKeys, ballot, new Date(Date.now() - 5_000), link);
      const body = new URLSearchParams({ page, way: 'button', hand: 'pointerdown@900' }).toString();
      return {
        method: 'POST',
        path: `/v/${signVote(context.linkKeys, ballot)}/${link}`,
        headers: FORM,
        body,
      };
    }
    case 'page':
      return { method: 'GET', path: PAGES[number % PAGES.length]! };
    case 'file':
      return { method: 'GET', path: '/robots.txt' };
    case 'event':
      return eventOf(context, number);
    case 'sign-up': {
      const started = signPage(
        context.linkKeys,
        { issue_id: 0, subscriber_id: 0 },
        new Date(Date.now() - 60_000),
      );
      return {
        method: 'POST',
        path: '/subscribe',
        headers: FORM,
        body: new URLSearchParams({
          email: `new.${number}@readers.example.net`,
          wording: CONSENT_WORDING,
          started,
        }).toString(),
      };
    }
  }
}

function eventOf(context: Awaited<ReturnType<typeof openContext>>, number: number): RequestSpec {
  const at = new Date();
  const id = `msg_${randomUUID()}`;
  const tags = {
    sender: context.installation.id,
    issue: WEEK,
    delivery: String(1 + (number % READERS)),
    round: '1',
  };
  const body = JSON.stringify({
    type: 'email.delivered',
    created_at: at.toISOString(),
    data: { email_id: randomUUID(), tags },
  });
  const headers = {
    'content-type': 'application/json',
    'svix-id': id,
    'svix-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'svix-signature': new Webhook(context.config.webhookSecret).sign(id, at, body),
  };
  return { method: 'POST', path: '/webhooks/resend', headers, body };
}

/** The status; 0 if there was no answer. */
function ask(
  agent: http.Agent,
  port: number,
  { method, path, headers = {}, body = '' }: RequestSpec,
): Promise<number> {
  return new Promise((resolve) => {
    const origin = `http://127.0.0.1:${port}`;
    const length = body === '' ? {} : { 'content-length': Buffer.byteLength(body) };
    const request = http.request(
      { agent, host: '127.0.0.1', port, method, path, headers: { origin, ...length, ...headers } },
      (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode ?? 0));
        response.once('error', () => resolve(0));
      },
    );
    request.once('error', () => resolve(0));
    request.end(body);
  });
}

function report(
  answers: readonly Answer[],
  memory: readonly number[],
  restart: { from_s: number; to_s: number },
  mails: number,
): void {
  // Requests while PostgreSQL was down, and just after that, when everything retries.
  const isDuring = ({ at_s }: Answer) => at_s >= restart.from_s - 1 && at_s <= restart.to_s + 5;
  const calm = answers.filter((answer) => !isDuring(answer));
  const during = answers.filter(isDuring);
  const count = (list: readonly Answer[]) => {
    const statuses = Map.groupBy(list, ({ status }) =>
      status >= 500 || status === 0 ? String(status) : status < 400 ? '2xx and 3xx' : '4xx',
    );
    return [...statuses].map(([status, { length }]) => `${length} × ${status}`).join(', ');
  };
  console.log(
    `${RATE} requests a second for ${SECONDS} s, ${mails} mails sent meanwhile, PostgreSQL away for ${(restart.to_s - restart.from_s).toFixed(1)} s`,
  );
  console.log(`  before and after: ${count(calm)}; ${times(calm)}`);
  console.log(`  during the restart: ${count(during)}; ${times(during)}`);
  for (const [kind, list] of Map.groupBy(calm, ({ kind }) => kind)) {
    console.log(`  ${kind.padEnd(10)} ${times(list)}`);
  }
  const slices = [...Map.groupBy(answers, ({ at_s }) => Math.floor(at_s / 10) * 10)].map(([from_s, list]) => {
    const sorted = list.map(({ ms }) => ms).toSorted((a, b) => a - b);
    return { from_s, p99_ms: sorted[Math.floor(0.99 * (sorted.length - 1))] ?? 0 };
  });
  const slowest = slices.toSorted((a, b) => b.p99_ms - a.p99_ms).slice(0, 5);
  console.log(
    `  slowest ten seconds: ${slowest.map(({ from_s, p99_ms }) => `from ${from_s} s, 99 % within ${p99_ms.toFixed(0)} ms`).join('; ')}`,
  );
  const half = Math.floor(memory.length / 2);
  const peak = (list: readonly number[]) => Math.max(...list).toFixed(0);
  console.log(
    `  memory of the web process: at most ${peak(memory.slice(0, half))} MB in the first half, ${peak(memory.slice(half))} MB in the second, ${memory.at(-1)?.toFixed(0)} MB at the end`,
  );
}

function times(list: readonly Answer[]): string {
  const sorted = list.map(({ ms }) => ms).toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
  return `median ${at(0.5)} ms, 99 % within ${at(0.99)} ms, all within ${at(1)} ms`;
}
