import { setTimeout as sleep } from 'node:timers/promises';
import { work } from '../../../jobs/run/work.ts';
import type { Context } from '../../context.ts';
import { getIssue } from '../../issues/record/issue.ts';
import type { DeliveryStatus } from '../../database/schema.ts';
import { waitsForLanes } from '../../sending/lanes/is-lane-paused.ts';
import { requeueStalled } from '../../sending/prepare/requeue-stalled.ts';
import { countDeliveries } from '../../sending/deliveries/count-deliveries.ts';
import { type CommandResult } from '../shared/command.ts';
import type { Session } from '../shared/session.ts';
import { progressBar, table } from '../shared/table.ts';
import type { Terminal } from '../shared/terminal.ts';

const POLL_INTERVAL_MS = 250;
/** The mornings of readers with a time zone may come while this command waits, and no other process may be running. */
const REQUEUE_INTERVAL_MS = 20_000;

type Counts = Partial<Record<DeliveryStatus, number>>;

/**
 * Runs a worker until the issue is sent, paused or cancelled, or only paused lanes have mails left; shows its progress.
 */
export async function waitForIssue({ context, terminal }: Session, week: string): Promise<CommandResult> {
  const done = new AbortController();
  const stopping = AbortSignal.any([done.signal, context.stopping]);
  const working = work({ ...context, stopping });
  const started = Date.now();
  let requeued = started;
  let { issue, counts, isWaiting } = await readProgress(context, week);
  const finishedBefore = countFinished(counts);
  while (issue.status === 'sending' && !isWaiting && !context.stopping.aborted) {
    await sleep(POLL_INTERVAL_MS);
    if (Date.now() - requeued > REQUEUE_INTERVAL_MS) {
      requeued = Date.now();
      await requeueStalled(context);
    }
    ({ issue, counts, isWaiting } = await readProgress(context, week));
    showProgress(terminal, counts, finishedBefore, Date.now() - started);
  }
  done.abort();
  await working;
  if (terminal.stderr.isTTY) {
    terminal.stderr.write('\n');
  }
  return {
    json: { week, status: issue.status, status_reason: issue.status_reason, deliveries: counts },
    text: [
      `${week} is ${issue.status}${issue.status_reason ? `: ${issue.status_reason}` : ''}`,
      isWaiting ? 'The rest waits for a paused lane; see `verdicts lanes list`.' : '',
      table(Object.entries(counts)),
    ]
      .filter(Boolean)
      .join('\n'),
    exitCode: issue.status === 'sent' ? 0 : 1,
  };
}

async function readProgress(context: Context, week: string) {
  const { db } = context;
  const issue = await getIssue(db, week);
  return {
    issue,
    counts: await countDeliveries(db, issue.id),
    isWaiting: await waitsForLanes(context, issue.id),
  };
}

/** A progress bar with rate and time left; on a terminal only. */
function showProgress({ stderr }: Terminal, counts: Counts, finishedBefore: number, elapsedMs: number): void {
  if (!stderr.isTTY) {
    return;
  }
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const finishedNow = countFinished(counts);
  const perSecond = (1_000 * (finishedNow - finishedBefore)) / Math.max(1, elapsedMs);
  const left = perSecond > 0 ? `${Math.ceil((total - finishedNow) / perSecond)} s left` : 'waiting';
  stderr.write(
    `\r${progressBar(finishedNow, total)} ${finishedNow} of ${total}, ${Math.round(perSecond)}/s, ${left}   `,
  );
}

function countFinished(counts: Counts): number {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return total - (counts.queued ?? 0) - (counts.submitting ?? 0);
}
