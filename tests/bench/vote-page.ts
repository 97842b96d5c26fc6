import { createInterface } from 'node:readline';
import { sql } from 'kysely';
import type { LoadMeasure, LoadOrder } from './vote-load.ts';
import {
  openBenchEnvironment,
  prepare,
  readLine,
  spawnBench,
  type BenchEnvironment,
  WEB_FLAGS,
  withContext,
} from './bench-environment.ts';
import { median } from './median.ts';

/** Enough for everything below, because no reader votes twice in the same table. */
const READERS = 1_300_000;
const POSTS = 30_000;
/** Requests until V8 has compiled the hot code; each of two processes gets half of them. */
const WARM_UP = 40_000;
const CONNECTIONS = 256;
const BURST = 100_000;
const SEQUENTIAL = 500;
const ROUNDS = 5;
const BURST_ROUNDS = 5;
const STEADY_SECONDS = 5;

/** The number of web processes on a machine with two cores; they share their port. */
const PROCESSES = 2;

/**
 * Votes per second through the whole service, compared with the simplest server that stores them, each with one process
 * and with one per core; and how scanners affect it.
 */
export async function benchVotePage(): Promise<void> {
  const environment = await openBenchEnvironment();
  try {
    const databaseUrl = await openVoting(environment);
    const servers = {
      'ours, one process': await startServer('vote-server.ts', databaseUrl, 1),
      ours: await startServer('vote-server.ts', databaseUrl, PROCESSES),
      bare: await startServer('bare-server.ts', databaseUrl, 1),
      [`bare, ${PROCESSES} processes`]: await startServer('bare-server.ts', databaseUrl, PROCESSES),
    };
    const next = { ours: 1, bare: 1 };
    const orderOf = (url: string, changes: Partial<LoadOrder> = {}): LoadOrder => {
      const requests = changes.requests ?? POSTS;
      const table = url === servers.ours || url === servers['ours, one process'] ? 'ours' : 'bare';
      const first = next[table];
      next[table] += requests;
      if (next[table] > READERS) {
        throw new Error('every reader has voted: raise READERS');
      }
      return { url, method: 'POST', first, requests, connections: CONNECTIONS, ...changes };
    };
    const post = (url: string, changes: Partial<LoadOrder> = {}) => load(orderOf(url, changes));
    const measures = new Map<string, LoadMeasure[]>();
    for (const [name, url] of Object.entries(servers)) {
      await post(url, { requests: WARM_UP });
      measures.set(name, []);
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, url] of Object.entries(servers)) {
        measures.get(name)?.push(await post(url));
      }
    }
    const rates = new Map([...measures].map(([name, all]) => [name, median(all.map(rateOf))]));
    const bareRate = rates.get('bare') ?? Number.NaN;
    for (const [name, rate] of rates) {
      console.log(
        `${name}: ${rate.toFixed(0)} votes a second, ${(rate / bareRate).toFixed(2)} times the bare one; ` +
          describe(measures.get(name)!.at(-1)!),
      );
    }
    const { ours } = servers;
    console.log(
      `one vote at a time: ${describe(await post(ours, { requests: SEQUENTIAL, connections: 1 }))} (goal 10 ms)`,
    );
    for (const [name, whole] of [
      ['the bare one', bareRate],
      ['ours', rates.get('ours') ?? Number.NaN],
    ] as const) {
      const [of, beside] = await atRate(post, [ours, servers.bare], Math.round(whole / 2));
      console.log(`at half the rate of ${name}: ${describe(of)}`);
      console.log(`  the bare one at that rate: ${describe(beside)}`);
    }
    const bursts: Burst[] = [];
    for (let round = 0; round < BURST_ROUNDS; round++) {
      bursts.push(await benchBurst(ours, orderOf));
    }
    describeBurst(bursts.toSorted((a, b) => a.ratio - b.ratio)[BURST_ROUNDS >> 1]!);
  } finally {
    await environment.close();
  }
}

/**
 * Posts votes at a steady rate to two servers in turn; returns the round in which the first one's p99 is the median.
 */
async function atRate(
  post: (url: string, changes: Partial<LoadOrder>) => Promise<LoadMeasure>,
  [url, besideUrl]: readonly [string, string],
  rate: number,
): Promise<[LoadMeasure, LoadMeasure]> {
  const steady = { rate, requests: rate * STEADY_SECONDS };
  const rounds: [LoadMeasure, LoadMeasure][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push([await post(url, steady), await post(besideUrl, steady)]);
  }
  return rounds.toSorted(([a], [b]) => a.p99_ms - b.p99_ms)[ROUNDS >> 1]!;
}

interface Burst {
  busy: LoadMeasure;
  opens: LoadMeasure;
  quietRate: number;
  ratio: number;
}

/** Votes while scanners open links, compared with votes just before and just after. */
async function benchBurst(url: string, orderOf: (url: string) => LoadOrder): Promise<Burst> {
  const before = await load(orderOf(url));
  const startScanners = await makeReady({
    url,
    method: 'GET',
    first: 1,
    requests: BURST,
    connections: CONNECTIONS,
  });
  const startVotes = await makeReady(orderOf(url));
  const scanning = startScanners();
  const busy = await startVotes();
  const opens = await scanning;
  const after = await load(orderOf(url));
  const quietRate = (rateOf(before) + rateOf(after)) / 2;
  return { busy, opens, quietRate, ratio: rateOf(busy) / quietRate };
}

/** Prints the median of several rounds. */
function describeBurst({ busy, opens, quietRate, ratio }: Burst): void {
  console.log(
    `while scanners open ${BURST} links: ${rateOf(busy).toFixed(0)} votes a second, ` +
      `${ratio.toFixed(2)} of ${quietRate.toFixed(0)} before and after; ${describe(busy)}`,
  );
  console.log(`the opens: ${(BURST / opens.seconds).toFixed(0)} a second; ${describe(opens)}`);
}

function rateOf(measure: LoadMeasure): number {
  return POSTS / measure.seconds;
}

/** Creates an issue that went out to everybody two hours ago. */
async function openVoting(environment: BenchEnvironment): Promise<string> {
  const databaseUrl = await environment.createDatabase(READERS);
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

async function startServer(script: string, databaseUrl: string, processes: number): Promise<string> {
  const { url } = (await readLine(spawnBench(script, [databaseUrl], WEB_FLAGS))) as { url: string };
  for (let others = processes - 1; others > 0; others--) {
    await readLine(spawnBench(script, [databaseUrl, new URL(url).port], WEB_FLAGS));
  }
  return url;
}

/** Resolves when the load is ready, to a function that starts it. */
async function makeReady(order: LoadOrder): Promise<() => Promise<LoadMeasure>> {
  const child = spawnBench('vote-load.ts', [JSON.stringify(order)]);
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  await lines.next();
  return async () => {
    child.send('go');
    const { value = '{}' } = (await lines.next()) as { value?: string };
    return JSON.parse(value) as LoadMeasure;
  };
}

async function load(order: LoadOrder): Promise<LoadMeasure> {
  return (await makeReady(order))();
}

function describe({ p50_ms, p99_ms, statuses }: LoadMeasure): string {
  const answers = Object.entries(statuses).map(([status, count]) => `${count} × ${status}`);
  return `median ${p50_ms.toFixed(1)} ms, 99 % within ${p99_ms.toFixed(1)} ms; ${answers.join(', ')}`;
}
