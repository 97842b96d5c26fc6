import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const DEPLOY = path.join(ROOT, 'deploy');

export function hasProgram(...names: string[]): boolean {
  return names.every((name) =>
    ['/usr/bin', '/usr/sbin', '/usr/local/bin'].some((folder) => existsSync(path.join(folder, name))),
  );
}

/** Like a container: every file system read-only except /tmp, a user without rights, and no way to gain any. */
const CONTAINED =
  'mount -o remount,bind,ro / && mount -t tmpfs tmpfs /tmp && ' +
  'exec setpriv --reuid 10001 --regid 10001 --clear-groups --bounding-set=-all --no-new-privs "$@"';

/** Whether this user may create such an environment. */
export const canContain =
  spawnSync('unshare', ['--mount', 'sh', '-c', CONTAINED, 'sh', 'true'], { stdio: 'ignore' }).status === 0;

export interface Program {
  process: ChildProcess;
  output: () => string;
  stop: (signal?: NodeJS.Signals) => Promise<number | string>;
}

export function startProgram(
  command: string[],
  env: Record<string, string>,
  { isContained = false, cwd = ROOT } = {},
): Program {
  const [file = '', ...args] =
    isContained && canContain
      ? ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', CONTAINED, 'sh', ...command]
      : command;
  const child = spawn(file, args, { cwd, env: { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin', ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  return {
    process: child,
    output: () => output,
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
}

/** Runs a program to its end; returns its output, or throws an error that contains it. */
export async function runProgram(
  command: string[],
  env: NodeJS.ProcessEnv = {},
  timeout_ms = 60_000,
): Promise<string> {
  const [file = '', ...args] = command;
  const { stdout } = await promisify(execFile)(file, args, {
    cwd: ROOT,
    timeout: timeout_ms,
    maxBuffer: 50_000_000,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
  });
  return stdout;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** A request to a proxy whose certificate no authority has signed. */
export async function requestTls(
  url: string,
  {
    method = 'GET',
    headers = {},
    body = '',
  }: { method?: string; headers?: Record<string, string>; body?: string | Buffer } = {},
): Promise<Answer> {
  const request = https.request(url, { method, headers, rejectUnauthorized: false, agent: false });
  request.on('error', () => undefined);
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks = (await response.toArray()) as Buffer[];
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(chunks).toString(),
  };
}
