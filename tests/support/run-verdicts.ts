import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { BUILD } from './build.ts';
import { buildIsReady } from './shared.ts';

await buildIsReady();

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Running {
  process: ChildProcess;
  stdout: () => string;
  stderr: () => string;
  /** Resolves with the exit code, or the signal that ended it. */
  ended: Promise<number | string>;
}

/** Runs the command line as a user does, in its own process, which is killed when the test ends. */
export function spawnVerdicts(args: string[], env: Record<string, string> = {}, cwd = ROOT): Running {
  const child = spawn(process.execPath, [`${BUILD}/src/verdicts.js`, ...args], {
    cwd,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      LOG_LEVEL: 'warn',
      NODE_COMPILE_CACHE: `${BUILD}/compiled`,
      ...env,
    },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await ended;
    }
  });
  return { process: child, stdout: () => output.stdout, stderr: () => output.stderr, ended };
}

export async function runVerdicts(args: string[], env: Record<string, string> = {}, cwd = ROOT) {
  const running = spawnVerdicts(args, env, cwd);
  const code = await running.ended;
  return { code, stdout: running.stdout(), stderr: running.stderr() };
}
