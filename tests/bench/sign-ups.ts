import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import { work } from '../../jobs/run/work.ts';
import { readConfig } from '../../src/config/config.ts';
import { openContext } from '../../src/context.ts';
import { signPage } from '../../src/links/tokens.ts';
import { createApp } from '../../src/web/app.tsx';
import { CONSENT_WORDING } from '../../src/web/layout/sign-up-form.tsx';
import { openBenchEnvironment } from './bench-environment.ts';
import { median } from './median.ts';

const REQUESTS = 10_000;
/**
 * The attacker's networks, each in a different /24: below the total hourly limit, far beyond the limit for one source.
 */
const SOURCES = [1, 50];
const AT_ONCE = 100;
/** One person signs up after this many requests of the attacker. */
const PERSON_EVERY = 1_000;

/**
 * An attacker signs up 10,000 addresses while people sign up too: how long until a person's confirmation is submitted,
 * how many mails the attacker causes, and how long an answer takes. Server, worker and attacker are one process.
 */
export async function benchSignUps(): Promise<void> {
  for (const sources of SOURCES) {
    await attackFrom(sources);
  }
}

async function attackFrom(sources: number): Promise<void> {
  const environment = await openBenchEnvironment();
  const stopping = new AbortController();
  const databaseUrl = await environment.createEmptyDatabase();
  const config = readConfig({ LOG_LEVEL: 'error', TRUSTED_PROXIES: '1' });
  const context = await openContext(config, databaseUrl, environment.sinkUrl, { stopping: stopping.signal });
  const server = serve({ fetch: createApp(context).fetch, hostname: '127.0.0.1', port: 0 }) as Server;
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const working = work(context);

  const signUp = async (email: string, source: string) => {
    const started = signPage(
      context.linkKeys,
      { issue_id: 0, subscriber_id: 0 },
      new Date(Date.now() - 5_000),
    );
    const asked = performance.now();
    const response = await fetch(`${url}/subscribe`, {
      method: 'POST',
      headers: { Origin: url, 'X-Forwarded-For': source },
      body: new URLSearchParams({ email, wording: CONSENT_WORDING, started }),
    });
    await response.text();
    if (response.status !== 200) {
      throw new Error(`a sign-up was answered with ${response.status}`);
    }
    return performance.now() - asked;
  };
  const mailOf = async (email: string) => {
    const started = performance.now();
    await signUp(email, `93.184.${/\d+/.exec(email)?.[0] ?? 0}.9`);
    for (;;) {
      const row = await context.db
        .selectFrom('subscribers')
        .select('confirmation_sent_at')
        .where('email', '=', email)
        .executeTakeFirst();
      if (row?.confirmation_sent_at) {
        return performance.now() - started;
      }
      await sleep(20);
    }
  };

  const people: Promise<number>[] = [];
  const answers: number[] = [];
  let next = 0;
  const attack = async () => {
    for (let number = next++; number < REQUESTS; number = next++) {
      if (number % PERSON_EVERY === PERSON_EVERY / 2) {
        people.push(mailOf(`person${people.length}@readers.example.net`));
      }
      answers.push(await signUp(`stranger.${number}@strangers.example.net`, `81.2.${number % sources}.7`));
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, attack));
  const seconds = (performance.now() - began) / 1_000;
  const waits = (await Promise.all(people)).toSorted((a, b) => a - b);
  const { mails } = await context.db
    .selectFrom('subscribers')
    .select(({ fn }) => fn.count<number>('confirmation_sent_at').as('mails'))
    .where('email', 'like', 'stranger.%')
    .executeTakeFirstOrThrow();
  console.log(
    `${REQUESTS} sign-ups from ${sources} ${sources === 1 ? 'network' : 'networks'} in ${seconds.toFixed(1)} s cause ${mails} mails; an answer takes ` +
      `${median(answers).toFixed(0)} ms. Confirmations of ${waits.length} people among them: median ${median(waits).toFixed(0)} ms, ` +
      `at most ${(waits.at(-1) ?? 0).toFixed(0)} ms`,
  );
  stopping.abort();
  await working;
  server.close();
  await context.close();
  await environment.close();
}
