import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { BUILD } from '../support/build.ts';

/** Starts a process of the built service; resolves once it says that it is running. */
export async function startService(args: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [`${BUILD}/src/verdicts.js`, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH ?? '', NODE_ENV: 'production', ...env },
  });
  await once(createInterface({ input: child.stdout }), 'line');
  return {
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
