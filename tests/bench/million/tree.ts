import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { NODE_FLAGS, readLine } from '../bench-environment.ts';
import type { JobMeasure, JobOrder } from './job.ts';

export const ROOT = path.join(import.meta.dirname, '../../..');

/** A web process of a checkout, whose pages and votes are measured. */
export async function startWeb(
  tree: string,
  databaseUrl: string,
): Promise<{ url: string; stop: () => void }> {
  const child = spawn(
    process.execPath,
    [...NODE_FLAGS, '--import', 'tsx', path.join(tree, 'tests/bench/vote-server.ts'), databaseUrl],
    {
      cwd: tree,
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      env: { ...process.env, NODE_ENV: 'production' },
    },
  );
  const { url } = (await readLine(child)) as { url: string };
  return { url, stop: () => void child.kill('SIGKILL') };
}

/** Runs one job of a checkout in a process of its own. */
export async function runJob(tree: string, databaseUrl: string, order: JobOrder): Promise<JobMeasure> {
  const script = path.join(ROOT, 'tests/bench/million/job.ts');
  const child = spawn(
    process.execPath,
    [...NODE_FLAGS, '--import', 'tsx', script, tree, databaseUrl, JSON.stringify(order)],
    { cwd: tree, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_ENV: 'production' } },
  );
  const measure = (await readLine(child)) as JobMeasure;
  await once(child, 'exit');
  return measure;
}
