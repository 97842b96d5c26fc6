import path from 'node:path';
import { limitHeapGrowth } from '../../../src/concurrency/limit-heap.ts';
import { readConfig } from '../../../src/config/config.ts';

export interface JobOrder {
  /** A path in the checkout's `src`. */
  file: string;
  name: string;
  /** The arguments after the context. */
  args: readonly string[];
}

export interface JobMeasure {
  seconds: number;
  /** The peak memory of the whole process. */
  rss_mb: number;
}

type Job = (context: unknown, ...args: readonly string[]) => Promise<unknown>;

/** Runs one job of the checkout in the folder TREE and prints a JobMeasure: `node job.ts TREE DATABASE_URL '{"file":…}'`. */
const [, , tree = '', databaseUrl = '', json = '{}'] = process.argv;
const order = JSON.parse(json) as JobOrder;
const { openContext } = (await import(
  path.join(tree, 'src/context.ts')
)) as typeof import('../../../src/context.ts');
// As in a worker.
limitHeapGrowth(20);
const jobs = (await import(path.join(tree, 'src', order.file))) as Record<string, Job>;
const context = await openContext(readConfig({ LOG_LEVEL: 'error' }), databaseUrl, 'http://127.0.0.1:9');
const started = performance.now();
await jobs[order.name]?.(context, ...order.args);
const measure: JobMeasure = {
  seconds: (performance.now() - started) / 1_000,
  rss_mb: process.resourceUsage().maxRSS / 1_024,
};
process.stdout.write(`${JSON.stringify(measure)}\n`, () => process.exit());
