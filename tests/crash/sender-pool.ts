import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { BUILD } from '../support/build.ts';
import { buildIsReady } from '../support/shared.ts';
import type { Instructions } from './sender.ts';

await buildIsReady();

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SCRIPT = `${BUILD}/tests/crash/sender.js`;

/** One process that sends. */
export interface Sender {
  isPrepared: () => boolean;
  /** Tells it to start working, once it is prepared. */
  proceed: () => void;
  hasProceeded: () => boolean;
  /** True once it has been suspended, and also after it was resumed. */
  isSuspended: () => boolean;
  suspend: () => void;
  resume: () => void;
  /** Resolves once it is dead. */
  kill: () => Promise<void>;
  /** The signal or the exit code that ended it; undefined while it lives. */
  exitStatus: () => string | number | undefined;
  /** The end of its standard error. */
  stderr: () => string;
}

export interface SenderPool {
  start: (instructions: Instructions) => Sender;
  close: () => void;
}

/** Starts processes in advance, so that the next one has its imports loaded when the current one is killed. */
export function openSenderPool(count: number): SenderPool {
  const idle = Array.from({ length: count }, forkSender);
  return {
    start: (instructions) => {
      idle.push(forkSender());
      return instruct(idle.shift() ?? forkSender(), instructions);
    },
    close: () => idle.forEach((sender) => sender.kill('SIGKILL')),
  };
}

function forkSender(): ChildProcess {
  return fork(SCRIPT, {
    cwd: ROOT,
    execArgv: [],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_COMPILE_CACHE: `${BUILD}/compiled` },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

function instruct(child: ChildProcess, instructions: Instructions): Sender {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const exited = once(child, 'exit');
  let isPrepared = false;
  let hasProceeded = false;
  let isSuspended = false;
  child.on('message', (message) => {
    isPrepared ||= message === 'prepared';
    isSuspended ||= message === 'suspended';
  });
  child.send(instructions);
  return {
    isPrepared: () => isPrepared,
    proceed: () => {
      hasProceeded = true;
      child.send('proceed');
    },
    hasProceeded: () => hasProceeded,
    isSuspended: () => isSuspended,
    suspend: () => {
      child.kill('SIGSTOP');
      isSuspended = true;
    },
    resume: () => child.kill('SIGCONT'),
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    exitStatus: () => child.signalCode ?? child.exitCode ?? undefined,
    stderr: () => stderr.slice(-4_000),
  };
}
