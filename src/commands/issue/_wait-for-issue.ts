import { setTimeout as sleep } from 'node:timers/promises';
import { work } from '../../../jobs/run/work.ts';
import type { Context } from '../../context.ts';
import { getIssue } from '../../issues/record/issue.ts';
import type { DeliveryStatus } from '../../database/schema.ts';
import { countDeliveries } from '../../sending/settle/count-deliveries.ts';
import { type Outcome, table } from '../frame/command.ts';

const LOOK_EVERY_MS = 250;
const BAR_WIDTH = 30;

type Counts = Partial<Record<DeliveryStatus, number>>;

/** Works on the queues until the issue is out, paused or cancelled, showing how far it is. */
export async function waitForIssue(context: Context, week: string): Promise<Outcome> {
  const done = new AbortController();
  const stopping = AbortSignal.any([done.signal, context.stopping]);
  const working = work({ ...context, stopping });
  const started = Date.now();
  let { issue, counts } = await look(context, week);
  const before = finished(counts);
  while (issue.status === 'sending' && !context.stopping.aborted) {
    await sleep(LOOK_EVERY_MS);
    ({ issue, counts } = await look(context, week));
    showProgress(counts, before, Date.now() - started);
  }
  done.abort();
  await working;
  if (process.stderr.isTTY) {
    process.stderr.write('\n');
  }
  return {
    json: { week, status: issue.status, status_reason: issue.status_reason, deliveries: counts },
    text: [
      `${week} is ${issue.status}${issue.status_reason ? `: ${issue.status_reason}` : ''}`,
      table(Object.entries(counts)),
    ].join('\n'),
    exitCode: issue.status === 'sent' ? 0 : 1,
  };
}

async function look({ db }: Context, week: string) {
  const issue = await getIssue(db, week);
  return { issue, counts: await countDeliveries(db, issue.id) };
}

/** A bar with rate and time left on a terminal; elsewhere nothing, the counts at the end say it all. */
function showProgress(counts: Counts, before: number, elapsedMs: number): void {
  if (!process.stderr.isTTY) {
    return;
  }
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const now = finished(counts);
  const perSecond = (1_000 * (now - before)) / Math.max(1, elapsedMs);
  const filled = total === 0 ? BAR_WIDTH : Math.round((BAR_WIDTH * now) / total);
  const left = perSecond > 0 ? `${Math.ceil((total - now) / perSecond)} s left` : 'waiting';
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
  process.stderr.write(`\r${bar} ${now} of ${total}, ${Math.round(perSecond)}/s, ${left}   `);
}

function finished(counts: Counts): number {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return total - (counts.queued ?? 0) - (counts.submitting ?? 0);
}
