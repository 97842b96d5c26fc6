import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { drain } from '../../../jobs/run/work.ts';
import { importContent } from '../../comparisons/store/import-content.ts';
import { type Context, openResend } from '../../context.ts';
import { approveIssue } from '../../issues/decide/approve.ts';
import { draftIssue } from '../../issues/decide/draft.ts';
import { prepareIssue } from '../../sending/prepare/prepare-issue.ts';
import { importSubscribers } from '../../subscribers/transfer/import.ts';
import { closeVoting } from '../../votes/close/close.ts';
import { mondayOf, shiftWeek, type Week, weekOf } from '../../week.ts';
import { castDemoVotes } from './_cast-demo-votes.ts';
import { demoContent } from './_demo-content.ts';
import { demoReaders } from './_demo-readers.ts';

export interface DemoOutbox {
  /** Opens an outbox whose clock is fixed at `time`, so that last week's mails have last week's dates. */
  openAt: (time: Date) => Promise<{ url?: string; close: () => Promise<void> }>;
  deliverWebhooks: (stopping: AbortSignal) => Promise<void>;
}

const HOUR_MS = 3_600_000;
const WEBHOOKS_TIMEOUT_MS = 30_000;

/**
 * Runs three issues through the production code: last week's with votes, closed; this week's sent; next week's drafted.
 * Safe to rerun.
 */
export async function loadDemo(context: Context, outbox: DemoOutbox): Promise<void> {
  const now = context.now();
  const week = weekOf(now, context.config.timezone);
  await context.db.updateTable('installation').set({ demo: 'loading' }).execute();
  await importContent(context.db, demoContent(mondayOf(week)), { dryRun: false });
  const lines = Readable.from(demoReaders(mondayOf(week)));
  await importSubscribers(context.pool, lines, { now, dryRun: false });
  await simulateLastWeek(context, outbox, shiftWeek(week, -1));
  await simulateThisWeek(context, week, now);
  // In the middle of its review, so that the user can try out the editor's part.
  await draftIssue(context, shiftWeek(week, 1));
  await context.db.updateTable('installation').set({ demo: 'loaded' }).execute();
}

async function simulateLastWeek(
  context: Context,
  { openAt, deliverWebhooks }: DemoOutbox,
  week: Week,
): Promise<void> {
  const sentAt = atHour(week, 1, 14);
  const outbox = await openAt(sentAt);
  const resend = openResend(context.config.resendApiKey, outbox.url);
  await draftIssue({ ...context, now: () => atHour(week, 0, 6) }, week);
  await send({ ...context, ...resend, now: () => sentAt }, week);
  await deliverPendingWebhooks(context, deliverWebhooks);
  await castDemoVotes(context, week, sentAt);
  await closeVoting({ ...context, now: () => atHour(week, 7, 0) }, week);
  resend.transport.close();
  await outbox.close();
}

/** Delivers last week's bounces and complaints before this week's issue is sent. */
async function deliverPendingWebhooks(
  { db, stopping }: Context,
  deliverWebhooks: DemoOutbox['deliverWebhooks'],
): Promise<void> {
  const done = new AbortController();
  const delivering = deliverWebhooks(AbortSignal.any([done.signal, stopping]));
  const deadline = Date.now() + WEBHOOKS_TIMEOUT_MS;
  const hasPending = () =>
    db
      .selectFrom('outbox.webhooks')
      .select('svix_id')
      .where('delivered_at', 'is', null)
      .limit(1)
      .executeTakeFirst();
  while (!stopping.aborted && Date.now() < deadline && (await hasPending())) {
    await sleep(100);
  }
  done.abort();
  await delivering;
}

async function simulateThisWeek(context: Context, week: Week, now: Date): Promise<void> {
  const draftedAt = new Date(Math.min(atHour(week, 0, 6).getTime(), now.getTime()));
  await draftIssue({ ...context, now: () => draftedAt }, week);
  await send(context, week);
}

async function send(context: Context, week: Week): Promise<void> {
  const issue = await context.db
    .selectFrom('issues')
    .select('status')
    .where('week', '=', week)
    .executeTakeFirst();
  if (issue?.status === 'draft') {
    await approveIssue(context, week, 'demo');
  }
  await prepareIssue(context, week);
  await drain(context);
}

function atHour(week: Week, day: number, hour: number): Date {
  const monday = mondayOf(week).toZonedDateTime('UTC').epochMilliseconds;
  return new Date(monday + (24 * day + hour) * HOUR_MS);
}
