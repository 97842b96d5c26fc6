import { sql } from 'kysely';
import type { LoadMeasure, LoadOrder } from './vote-load.ts';
import { openStage, prepare, readLine, spawnBench, type Stage, withContext } from './stage.ts';

const READERS = 400_000;
const POSTS = 30_000;
const CONNECTIONS = 64;
const BURST = 100_000;
const ROUNDS = 3;

/** Votes a second through the whole service beside the barest server that stores them, and what scanners do to it. */
export async function benchVotePage(): Promise<void> {
  const stage = await openStage();
  try {
    const databaseUrl = await openVoting(stage);
    const ours = await startServer('vote-server.ts', databaseUrl);
    const bare = await startServer('bare-server.ts', databaseUrl);
    let first = 1;
    const post = (url: string, changes: Partial<LoadOrder> = {}) => {
      const order = {
        url,
        method: 'POST' as const,
        first,
        requests: POSTS,
        connections: CONNECTIONS,
        ...changes,
      };
      first = (first + order.requests) % (READERS - POSTS);
      return load(order);
    };
    await post(ours, { requests: 3_000 });
    await post(bare, { requests: 3_000 });
    const rounds: { ours: LoadMeasure; bare: LoadMeasure }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      rounds.push({ ours: await post(ours), bare: await post(bare) });
    }
    const rateOf = (measure: LoadMeasure) => POSTS / measure.seconds;
    const oursRate = median(rounds.map((round) => rateOf(round.ours)));
    const bareRate = median(rounds.map((round) => rateOf(round.bare)));
    console.log(
      `votes a second: ours ${oursRate.toFixed(0)}, bare ${bareRate.toFixed(0)}: ${(oursRate / bareRate).toFixed(2)} times; ` +
        describe(rounds.at(-1)!.ours),
    );
    const rate = oursRate / 2;
    const half = await post(ours, { rate, requests: Math.round(rate * 5) });
    console.log(`at half of that: ${describe(half)}`);
    const quiet = await post(ours);
    const gets = load({ url: ours, method: 'GET', first: 1, requests: BURST, connections: CONNECTIONS });
    const busy = await post(ours);
    console.log(
      `while scanners open ${BURST} links: ${rateOf(busy).toFixed(0)} votes a second, ` +
        `${(rateOf(busy) / rateOf(quiet)).toFixed(2)} of ${rateOf(quiet).toFixed(0)} just before; ${describe(busy)}`,
    );
    const burst = await gets;
    console.log(`the opens: ${(BURST / burst.seconds).toFixed(0)} a second; ${describe(burst)}`);
  } finally {
    await stage.close();
  }
}

/** An issue that went out two hours ago to everybody. */
async function openVoting(stage: Stage): Promise<string> {
  const databaseUrl = await stage.createDatabase(READERS);
  await prepare(databaseUrl, 10);
  await withContext(databaseUrl, async ({ db }) => {
    await sql`update deliveries set status = 'submitted', submitted_at = now() - interval '2 hours'`.execute(
      db,
    );
    await sql`update issues set status = 'sent', content = '{"lead":{"tools":[{"slug":"harborlight","name":"Harborlight"}]},"more":[]}'`.execute(
      db,
    );
    await sql`vacuum analyze`.execute(db).catch(() => undefined);
  });
  return databaseUrl;
}

async function startServer(script: string, databaseUrl: string): Promise<string> {
  const { url } = (await readLine(spawnBench(script, [databaseUrl]))) as { url: string };
  return url;
}

async function load(order: LoadOrder): Promise<LoadMeasure> {
  return (await readLine(spawnBench('vote-load.ts', [JSON.stringify(order)]))) as LoadMeasure;
}

function describe({ p50_ms, p99_ms, statuses }: LoadMeasure): string {
  const answers = Object.entries(statuses).map(([status, count]) => `${count} × ${status}`);
  return `median ${p50_ms.toFixed(1)} ms, 99 % within ${p99_ms.toFixed(1)} ms; ${answers.join(', ')}`;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
