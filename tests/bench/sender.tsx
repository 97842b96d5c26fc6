import http from 'node:http';
import { render } from '@react-email/render';
import { Resend } from 'resend';
import { work } from '../../jobs/run/work.ts';
import WeeklyIssue from '../../emails/weekly-issue.tsx';
import { readConfig } from '../../src/config/config.ts';
import { openContext } from '../../src/context.ts';
import { benchContent, benchImprint, benchOwnVotes, linksOf } from './mail.ts';
import { openSplicer } from './splicer.ts';

/** One way of sending, in its own process: `node sender.tsx '{"way":"ours","readers":1000,…}'` prints a Measure. */
export interface Order {
  way: 'render' | 'react' | 'spliced' | 'ours' | 'floor';
  readers: number;
  sinkUrl: string;
  databaseUrl: string;
}

export interface Measure {
  readers: number;
  cpu_ms: number;
  wall_ms: number;
  idle_mb: number;
  peak_mb: number;
}

const BATCH_SIZE = 100;
const FROM = 'Weekly AI Tool Verdicts <verdicts@weekly-verdicts.local>';
const order = JSON.parse(process.argv[2] ?? '{}') as Order;

process.stdout.write(`${JSON.stringify(await run(order))}\n`, () => process.exit());

async function run({ way, readers, sinkUrl, databaseUrl }: Order): Promise<Measure> {
  const resend = new Resend('re_bench', { baseUrl: sinkUrl });
  switch (way) {
    case 'render':
      await renderOne(resend, 0);
      return measure(readers, async () => {
        for (let reader = 0; reader < readers; reader++) {
          await renderOne(resend, reader);
        }
      });
    case 'react':
      await sendReact(resend, 0);
      return measure(readers, () => everyBatch(readers, (first) => sendReact(resend, first)));
    case 'spliced': {
      const copyFor = await openSplicer();
      await sendSpliced(resend, copyFor, 0);
      return measure(readers, () => everyBatch(readers, (first) => sendSpliced(resend, copyFor, first)));
    }
    case 'floor':
      return sendPrepared(sinkUrl, readers);
    case 'ours':
      return sendOurs(databaseUrl, sinkUrl, readers);
  }
}

/** (a) The way most people write it: HTML and text are rendered for each reader, with one call each. */
async function renderOne(resend: Resend, reader: number): Promise<void> {
  const mail = mailOf(reader);
  const html = await render(mail);
  const text = await render(mail, { plainText: true });
  expectId(await resend.emails.send({ from: FROM, to: addressOf(reader), subject: 'Bench', html, text }));
}

function mailOf(reader: number) {
  return (
    <WeeklyIssue
      content={benchContent}
      links={linksOf(tokenOf(reader))}
      imprint={benchImprint}
      ownVotes={benchOwnVotes}
    />
  );
}

/** (b) The SDK renders the mails: `react` in a batch. */
async function sendReact(resend: Resend, first: number): Promise<void> {
  const mails = readersFrom(first).map((reader) => ({
    from: FROM,
    to: addressOf(reader),
    subject: 'Bench',
    react: mailOf(reader),
  }));
  expectId(await resend.batch.send(mails));
}

/** (c) The mail is rendered once, and strings are spliced into it for each reader; sent through the SDK. */
async function sendSpliced(
  resend: Resend,
  copyFor: Awaited<ReturnType<typeof openSplicer>>,
  first: number,
): Promise<void> {
  const mails = readersFrom(first).map((reader) => {
    return { ...copyFor(reader + 1), from: FROM, to: addressOf(reader) };
  });
  expectId(await resend.batch.send(mails, { batchValidation: 'permissive', idempotencyKey: `k-${first}` }));
}

/**
 * (d) Our whole service: the worker takes jobs, claims, signs, splices, sends and records until the issue has gone out.
 */
async function sendOurs(databaseUrl: string, sinkUrl: string, readers: number): Promise<Measure> {
  const config = readConfig({ LOG_LEVEL: 'error' });
  const stopping = new AbortController();
  const context = await openContext(config, databaseUrl, sinkUrl, { stopping: stopping.signal });
  const isOut = async () =>
    (await context.db.selectFrom('issues').select('status').executeTakeFirstOrThrow()).status === 'sent';
  const result = await measure(readers, async () => {
    const working = work(context);
    while (!(await isOut())) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    stopping.abort();
    await working;
  });
  await context.close();
  return result;
}

/** (e) The floor: the bytes of one batch, made in advance, are written to a kept-alive connection again and again. */
async function sendPrepared(sinkUrl: string, readers: number): Promise<Measure> {
  const copyFor = await openSplicer();
  const bodies = Array.from({ length: 8 }, (_, batch) =>
    Buffer.from(
      JSON.stringify(
        readersFrom(batch * BATCH_SIZE).map((reader) => ({
          ...copyFor(reader + 1),
          from: FROM,
          to: addressOf(reader),
        })),
      ),
    ),
  );
  const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
  const post = (body = bodies[0]!) =>
    new Promise<void>((resolve, reject) => {
      http
        .request(`${sinkUrl}/emails/batch`, {
          agent,
          method: 'POST',
          headers: { 'Content-Length': body.length, 'Content-Type': 'application/json' },
        })
        .on('response', (response) => response.resume().on('end', resolve))
        .on('error', reject)
        .end(body);
    });
  await post();
  const result = await measure(readers, async () => {
    for (let first = 0; first < readers; first += 2 * BATCH_SIZE) {
      await Promise.all([post(bodies[(first / 100) % 8]), post(bodies[(first / 100 + 1) % 8])]);
    }
  });
  agent.destroy();
  return result;
}

async function measure(readers: number, act: () => Promise<void>): Promise<Measure> {
  const idle = process.memoryUsage.rss();
  const cpu = process.cpuUsage();
  const started = performance.now();
  await act();
  const { user, system } = process.cpuUsage(cpu);
  return {
    readers,
    cpu_ms: (user + system) / 1000,
    wall_ms: performance.now() - started,
    idle_mb: idle / 1024 / 1024,
    peak_mb: process.resourceUsage().maxRSS / 1024,
  };
}

async function everyBatch(readers: number, send: (first: number) => Promise<void>): Promise<void> {
  for (let first = 0; first < readers; first += BATCH_SIZE) {
    await send(first);
  }
}

function readersFrom(first: number): number[] {
  return Array.from({ length: BATCH_SIZE }, (_, index) => first + index);
}

function addressOf(reader: number): string {
  return `reader.${reader}@readers.example.net`;
}

function tokenOf(reader: number): string {
  return String(reader).padStart(33, 'A');
}

function expectId({ error }: { error: unknown }): void {
  if (error) {
    throw new Error(JSON.stringify(error));
  }
}
