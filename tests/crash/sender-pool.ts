import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { BUILD } from '../support/build.ts';
import type { Order } from './sender.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SCRIPT = `${BUILD}/tests/crash/sender.js`;

/** One process that sends, and how it ends. */
export interface Sender {
  isPrepared: () => boolean;
  /** The word to work, once it is prepared. */
  goOn: () => void;
  isTold: () => boolean;
  /** Since it said that it stops, and for good: also when it has gone on. */
  isFrozen: () => boolean;
  freeze: () => void;
  thaw: () => void;
  /** Resolves once it is dead. */
  kill: () => Promise<void>;
  /** The signal or the exit code that ended it; undefined while it lives. */
  end: () => string | number | undefined;
  /** What it said on standard error. */
  stderr: () => string;
}

export interface SpareSenders {
  start: (order: Order) => Sender;
  close: () => void;
}

/** Starts processes ahead, so that the next one has its imports loaded when the present one is killed. */
export function openSpareSenders(count: number): SpareSenders {
  const spares = Array.from({ length: count }, forkSender);
  return {
    start: (order) => {
      spares.push(forkSender());
      return giveOrder(spares.shift() ?? forkSender(), order);
    },
    close: () => spares.forEach((spare) => spare.kill('SIGKILL')),
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

function giveOrder(child: ChildProcess, order: Order): Sender {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const exited = once(child, 'exit');
  let isPrepared = false;
  let isTold = false;
  let isFrozen = false;
  child.on('message', (word) => {
    isPrepared ||= word === 'prepared';
    isFrozen ||= word === 'frozen';
  });
  child.send(order);
  return {
    isPrepared: () => isPrepared,
    goOn: () => {
      isTold = true;
      child.send('go on');
    },
    isTold: () => isTold,
    isFrozen: () => isFrozen,
    freeze: () => {
      child.kill('SIGSTOP');
      isFrozen = true;
    },
    thaw: () => child.kill('SIGCONT'),
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    end: () => child.signalCode ?? child.exitCode ?? undefined,
    stderr: () => stderr.slice(-4_000),
  };
}
