import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { work } from '../../jobs/run/work.ts';
import { readConfig } from '../../src/config/config.ts';
import { type Checkpoint, type Context, openContext } from '../../src/context.ts';
import { AppError } from '../../src/errors.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { cancelIssue, pauseIssue, resumeIssue } from '../../src/sending/control/pause.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';

/** What a process of the matrix is told to do, as its first message. */
export interface Order {
  env: Record<string, string>;
  databaseUrl: string;
  outboxUrl: string;
  now: string;
  week: string;
  /** Where to die; absent for a process that lives on. */
  crash?: { point: string; passing: number; kind: string };
  /** What staff do in the middle of sending, or at once when an earlier life did not get it done. */
  act?: { decision: 'pause' | 'cancel'; reason: string; at_once: boolean };
  /** Where to take events, when this process is the web app too. */
  port?: number;
}

/** Prepares, says so, waits for the word to go on, and works until it is killed. */
async function perform(order: Order): Promise<void> {
  const context = await openContext(readConfig(order.env), order.databaseUrl, order.outboxUrl, {
    now: () => new Date(order.now),
    checkpoint: dieAt(order.crash),
  });
  if (order.port !== undefined) {
    await takeEvents(context, order.port);
  }
  await prepareIssue(context, order.week);
  process.send?.('prepared');
  await once(process, 'message');
  if (order.act?.at_once) {
    await decide(context, order.week, order.act);
  }
  const working = work(context);
  if (order.act && !order.act.at_once) {
    await waitForMiddle(context);
    await decide(context, order.week, order.act);
  }
  await working;
}

function dieAt(crash: Order['crash']): (point: Checkpoint) => Promise<void> {
  let passings = 0;
  return async (point) => {
    passings += point === crash?.point ? 1 : 0;
    if (point === crash?.point && passings === crash.passing) {
      await stop(crash.kind === 'killed' ? 'SIGKILL' : 'SIGSTOP');
    }
  };
}

/** Goes on from here when a stopped process is let go on. */
async function stop(signal: 'SIGSTOP' | 'SIGKILL'): Promise<void> {
  if (signal === 'SIGSTOP') {
    await new Promise((resolve) => process.send?.('frozen', resolve));
  }
  process.kill(process.pid, signal);
}

async function takeEvents(context: Context, port: number): Promise<void> {
  const { serve } = await import('@hono/node-server');
  const { createApp } = await import('../../src/web/app.tsx');
  await once(serve({ fetch: createApp(context).fetch, hostname: '127.0.0.1', port }), 'listening');
}

async function waitForMiddle({ db }: Context): Promise<void> {
  const findSettled = () =>
    db.selectFrom('batches').select('id').where('status', '=', 'settled').executeTakeFirst();
  while (!(await findSettled())) {
    await sleep(5);
  }
}

/** As staff would say it again after a crash; too late when everything has gone out meanwhile. */
async function decide(
  context: Context,
  week: string,
  { decision, reason }: NonNullable<Order['act']>,
): Promise<void> {
  try {
    if (decision === 'cancel') {
      await cancelIssue(context, week);
      return;
    }
    if ((await getIssue(context.db, week)).status_reason !== reason) {
      await pauseIssue(context, week, reason);
    }
    await resumeIssue(context, week);
  } catch (error) {
    if (!(error instanceof AppError)) {
      throw error;
    }
  }
}

process.once('disconnect', () => process.exit());
process.once('message', (order) => void perform(order as Order));
