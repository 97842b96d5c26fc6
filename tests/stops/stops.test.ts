import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import type { Fault } from '../../src/local/outbox/store/faults.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { runVerdicts } from '../support/run-verdicts.ts';
import { createTestDatabase } from '../support/test-database.ts';
import {
  draftIssueFor,
  expectOneMailEach,
  findIssueStatus,
  type Worker,
  serveFakeResend,
  settingsOf,
  startWorker,
} from '../support/workers.ts';

/*
 * Three workers send; at random moments two of them are stopped in different ways, while Resend has a fault as well.
 * `npm run test:stops` prints how long the last mail took, over 50 runs, two at a time so that the machine is busy.
 */
const RUNS = Number(process.env.STOPS ?? 50);
const READERS = 6_000;
const AT_ONCE = 2;
/** Maximum time from the last stop to the last mail, not counting delays by Resend's own limits. */
const LATEST_SECONDS = 30;

const FAULTS: Fault[] = [
  { kind: 'lose-response', times: 1 },
  { kind: 'error-500', times: 1 },
  { kind: 'error-500-after-accepting', times: 1 },
  { kind: 'hang', times: 1, ms: 150, accepts: true },
  { kind: 'hang', times: 1, ms: 150, accepts: false },
  { kind: 'broken-json', times: 1 },
  { kind: 'slow', times: 1, ms: 1_500 },
  { kind: 'rate-limit', times: 1 },
];

type Stop = (worker: Worker) => Promise<void>;

const STOPS: Record<string, Stop> = {
  killed: async ({ process }) => void process.kill('SIGKILL'),
  'stopped for 20 s': async ({ process }) => {
    process.kill('SIGSTOP');
    await sleep(20_000);
    process.kill('SIGCONT');
  },
  'stopped for a minute': async ({ process }) => {
    process.kill('SIGSTOP');
    await sleep(60_000);
    process.kill('SIGCONT');
  },
  'cut off from the database for 40 s': async ({ proxy }) => {
    await proxy.cutBetweenTransactions();
    await sleep(40_000);
    proxy.heal();
  },
};

interface Result {
  stops: string;
  fault: string;
  /** From the last stop before the last mail to that mail. */
  seconds: number;
}

const seed = process.env.STOPS_SEED ?? String(Date.now());
const results: Result[] = [];

afterAll(() => {
  process.stdout.write(describeResults());
});

test.for(Array.from({ length: RUNS / AT_ONCE }, (_, index) => index * AT_ONCE))(
  'after any stops of two of three workers, the last mail is sent within half a minute (%i)',
  { timeout: 600_000 },
  async (first) => {
    const numbers = Array.from({ length: AT_ONCE }, (_, index) => first + index);
    const newResults = await Promise.all(numbers.map((number) => runOnce(seededRandom(`${seed} ${number}`))));
    results.push(...newResults);
    const late = newResults.filter(({ seconds }) => seconds >= LATEST_SECONDS);
    expect(late, `STOPS_SEED=${seed}`).toEqual([]);
  },
);

async function runOnce(random: ReturnType<typeof seededRandom>): Promise<Result> {
  const { db: outboxDb } = await createTestDatabase();
  const { db, url } = await createTestDatabase();
  const fakeResend = await serveFakeResend(outboxDb);
  const settings = settingsOf(url, fakeResend, 'staff');
  await draftIssueFor(db, READERS, settings);
  const workers = await Promise.all(
    ['first', 'second', 'third'].map((name) => startWorker(name, settingsOf(url, fakeResend, name))),
  );
  let lastMail = 0;
  fakeResend.onAccepted = ({ path }) =>
    void (lastMail = path === '/emails/batch' ? performance.now() : lastMail);
  const [fault] = random.shuffle(FAULTS);
  await fetch(`${fakeResend.urlOf('staff')}/faults`, {
    method: 'POST',
    body: JSON.stringify(fault),
    headers: { 'content-type': 'application/json' },
  });
  expect(await runVerdicts(['issue', 'send', 'latest', '--yes'], settings)).toMatchObject({ code: 0 });
  const stoppedAt: number[] = [];
  const chosen = random.shuffle(Object.entries(STOPS)).slice(0, 2);
  const stopped = random.shuffle(workers).slice(0, 2);
  const stopping = chosen.map(async ([, stop], index) => {
    await sleep((random.chance(0.5) ? 500 : 2_500) + 1_000 * index);
    stoppedAt.push(performance.now());
    await stop(stopped[index] as Worker);
  });
  await expect.poll(() => isSent(db), { timeout: 280_000, interval: 200 }).toBe(true);
  const seconds = (lastMail - Math.max(...stoppedAt.filter((at) => at < lastMail))) / 1_000;
  await Promise.all(stopping);
  await expectOneMailEach(db, outboxDb, READERS);
  workers.forEach(({ process }) => process.kill('SIGKILL'));
  return {
    stops: chosen.map(([name]) => name).join(', '),
    fault: fault?.kind ?? '',
    seconds: Math.round(10 * seconds) / 10,
  };
}

async function isSent(db: Db): Promise<boolean> {
  return (await findIssueStatus(db)) === 'sent';
}

function describeResults(): string {
  const sorted = results.toSorted((a, b) => a.seconds - b.seconds);
  const at = (part: number) => sorted[Math.ceil(part * sorted.length) - 1]?.seconds;
  const lines = sorted.map(({ seconds, stops, fault }) => `  ${seconds.toFixed(1)} s  ${stops}; ${fault}\n`);
  return [
    `last mail after the last stop, ${sorted.length} runs (seed ${seed}): `,
    `median ${at(0.5)} s, 90 % ${at(0.9)} s, longest ${at(1)} s\n`,
    ...lines,
  ].join('');
}
