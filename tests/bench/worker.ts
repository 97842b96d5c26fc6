import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { NODE_FLAGS } from './bench-environment.ts';

/** A key, and the settings that it requires. */
export const REAL_SETTINGS = {
  RESEND_API_KEY: 're_bench',
  RESEND_WEBHOOK_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  PUBLIC_URL: 'https://verdicts.example',
  MAIL_FROM: 'Weekly Verdicts <verdicts@verdicts.example>',
  POSTAL_ADDRESS: 'Weekly Verdicts, 1 Example Street, Exampleton',
  LINK_SECRET: 'bench-'.repeat(8),
};

/** Starts the built service in `build` as a worker that sends to the sink. */
export function startWorker(
  build: string,
  databaseUrl: string,
  sinkUrl: string,
  settings: Readonly<Record<string, string>> = {},
): ChildProcess {
  return spawn(
    process.execPath,
    [...NODE_FLAGS, path.join(build, 'src/verdicts.js'), 'start', '--only', 'worker'],
    {
      cwd: tmpdir(),
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: process.env.PATH ?? '',
        HOME: process.env.HOME ?? '',
        NODE_ENV: 'production',
        LOG_LEVEL: 'error',
        PORT: '0',
        DATABASE_URL: databaseUrl,
        RESEND_BASE_URL: sinkUrl,
        ...REAL_SETTINGS,
        ...settings,
      },
    },
  );
}

export async function stopWorker(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null) {
    throw new Error(`the worker exited with ${worker.exitCode}`);
  }
  worker.kill('SIGKILL');
  await once(worker, 'exit');
}
