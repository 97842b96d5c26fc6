import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { work } from '../../jobs/run/work.ts';
import { readConfig } from '../../src/config/config.ts';
import { type Failpoint, type Context, openContext } from '../../src/context.ts';
import { AppError } from '../../src/errors.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { cancelIssue } from '../../src/sending/control/cancel-issue.ts';
import { pauseIssue } from '../../src/sending/control/pause-issue.ts';
import { resumeIssue } from '../../src/sending/control/resume-issue.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';

/** Instructions for a process of the matrix, sent as its first message. */
export interface Instructions {
  env: Record<string, string>;
  databaseUrl: string;
  outboxUrl: string;
  now: string;
  week: string;
  /** Where to crash; absent for a process that runs to completion. */
  crash?: { point: string; occurrence: number; kind: string };
  /** What staff do in the middle of sending, or at once when an earlier process died before they did. */
  staff?: { decision: 'pause' | 'cancel'; reason: string; at_once: boolean };
  /** Where to receive events, when this process also runs the web app. */
  port?: number;
}

/** Prepares, reports it, waits for the message to proceed, and works until it is killed. */
async function run(instructions: Instructions): Promise<void> {
  const context = await openContext(
    readConfig(instructions.env),
    instructions.databaseUrl,
    instructions.outboxUrl,
    {
      now: () => new Date(instructions.now),
      failpoint: crashAt(instructions.crash),
    },
  );
  if (instructions.port !== undefined) {
    await serveWebhooks(context, instructions.port);
  }
  await prepareIssue(context, instructions.week);
  process.send?.('prepared');
  await once(process, 'message');
  if (instructions.staff?.at_once) {
    await applyDecision(context, instructions.week, instructions.staff);
  }
  const working = work(context);
  if (instructions.staff && !instructions.staff.at_once) {
    await waitForFirstSettledBatch(context);
    await applyDecision(context, instructions.week, instructions.staff);
  }
  await working;
}

function crashAt(crash: Instructions['crash']): (point: Failpoint) => Promise<void> {
  let count = 0;
  return async (point) => {
    count += point === crash?.point ? 1 : 0;
    if (point === crash?.point && count === crash.occurrence) {
      await stop(crash.kind === 'killed' ? 'SIGKILL' : 'SIGSTOP');
    }
  };
}

/** A suspended process continues from here when it is resumed. */
async function stop(signal: 'SIGSTOP' | 'SIGKILL'): Promise<void> {
  if (signal === 'SIGSTOP') {
    await new Promise((resolve) => process.send?.('suspended', resolve));
  }
  process.kill(process.pid, signal);
}

async function serveWebhooks(context: Context, port: number): Promise<void> {
  const { serve } = await import('@hono/node-server');
  const { createApp } = await import('../../src/web/app.tsx');
  await once(serve({ fetch: createApp(context).fetch, hostname: '127.0.0.1', port }), 'listening');
}

async function waitForFirstSettledBatch({ db }: Context): Promise<void> {
  const findSettled = () =>
    db.selectFrom('batches').select('id').where('status', '=', 'settled').executeTakeFirst();
  while (!(await findSettled())) {
    await sleep(5);
  }
}

/** Can be repeated, as staff would repeat it after a crash; it is refused if everything has been sent by then. */
async function applyDecision(
  context: Context,
  week: string,
  { decision, reason }: NonNullable<Instructions['staff']>,
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
process.once('message', (instructions) => void run(instructions as Instructions));
