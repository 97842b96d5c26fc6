import type { Context } from '../../src/context.ts';
import { AppError } from '../../src/errors.ts';
import { isInFuture } from '../../src/installation/clock-skew.ts';
import { fillDigest, loadDigest } from '../../src/issues/results/digest.ts';
import { isOwedDigest, orderOf, oweDigest } from '../../src/subscribers/preferences/digest-recipients.ts';
import type { ReaderChoice } from '../../src/issues/select/select-content.ts';
import { imprintOf } from '../../src/issues/render/render-letter.tsx';
import { notifyStaff } from '../../src/queue/notify-staff.ts';
import { enqueue, type Jobs } from '../../src/queue/queue.ts';
import { readerUrl } from '../../src/links/reader-url.ts';
import { RetryLater } from '../../src/sending/limits/rate-limit.ts';
import { submitLetter } from '../../src/sending/letters/submit-letter.ts';

/** Without a worker the job waits. A digest that is later than this is dropped as out of date. */
const MAX_DELAY_MS = 70 * 86_400_000;

/**
 * Enqueues a month's digest for readers who prefer one mail a month, after those of `earlier` months that were missed; a month
 * without an issue has no digest.
 */
export async function sendDigestJob(
  context: Context,
  { month, earlier = [], due_at }: Jobs['send-digest'],
): Promise<void> {
  if (due_at !== undefined && isInFuture(new Date(due_at), context.now())) {
    throw new RetryLater('a clock was ahead: the digest is not due yet');
  }
  if (due_at !== undefined && context.now().getTime() - new Date(due_at).getTime() > MAX_DELAY_MS) {
    context.log.warn({ month }, 'the digest waited for too long to be sent');
    return;
  }
  for (const each of [...earlier, month]) {
    await enqueueCopies(context, each);
  }
}

async function enqueueCopies(context: Context, month: string): Promise<void> {
  const { boss, config, db, log, now } = context;
  await fillDigest(context, month);
  if (!(await findDigest(context, month))) {
    log.info({ month }, 'no issue went out, so there is no digest');
    return;
  }
  const at = now();
  const readers = await db.transaction().execute(async (tx) => {
    const found = await tx
      .updateTable('subscribers')
      .set({ digest_month: month, digest_order: orderOf(month) })
      .where(isOwedDigest(month, at, config.timezone))
      .returning(['id', 'digest_order'])
      .execute();
    const jobs = found.map(({ id, digest_order: order }) => ({
      // A copy that was lost may be sent again before its job has ended.
      key: `${month} ${id} ${at.toISOString()}`,
      data: { month, subscriber_id: id, at: at.toISOString(), ...(order ? { order } : {}) },
    }));
    await enqueue(boss, tx, 'send-digest-copy', jobs);
    return jobs.length;
  });
  log.info({ month, readers }, 'digest enqueued');
}

/**
 * One copy per month and reader, unless it was lost, however often the job runs; none for readers who left or chose
 * otherwise meanwhile, or for whose categories the month has nothing.
 */
export async function sendDigestCopyJob(context: Context, job: Jobs['send-digest-copy']): Promise<void> {
  const { month, subscriber_id, at, order } = job;
  const { config, db, installation, now } = context;
  const findReader = () =>
    db
      .selectFrom('subscribers')
      .select(['email', 'categories', 'always_lead'])
      .where('id', '=', subscriber_id)
      .where('status', '=', 'active')
      .where('frequency', '=', 'monthly')
      .where(({ eb, or }) => or([eb('paused_until', 'is', null), eb('paused_until', '<=', now())]))
      .executeTakeFirst();
  const reader = await findReader();
  const content = reader && (await findDigest(context, month, reader));
  if (!content) {
    return;
  }
  const unsubscribe_url = readerUrl(context, 'unsubscribe', subscriber_id);
  const { monthlyDigest } = await import('../../emails/monthly-digest.tsx');
  const { kind } = await submitLetter(context, {
    letter: monthlyDigest({
      content,
      archive_url: `${config.publicUrl}/issues`,
      preferences_url: readerUrl(context, 'preferences', subscriber_id),
      unsubscribe_url,
      imprint: imprintOf(config),
    }),
    to: reader.email,
    // The same after a restore, so that Resend recognizes the copy. One that is owed again needs another key: Resend
    // would take it for the first.
    key: `digest-${installation.id}-${month}-${subscriber_id}${order ? `-${order}` : ''}`,
    requested_at: new Date(at),
    about: { kind: `digest-${month}`, tag: 'reader', id: subscriber_id, order },
    priority: 'bulk letter',
    isWanted: async () => (await findReader())?.email === reader.email,
    unsubscribe_url,
  });
  if (kind === 'unwanted') {
    return sendDigestCopyJob(context, job);
  }
  if (kind === 'lost') {
    await recordLoss(context, job);
  }
}

/** The reader is owed the digest again, which staff may send; they are told once a day. */
async function recordLoss(
  context: Context,
  { month, subscriber_id, order }: Jobs['send-digest-copy'],
): Promise<void> {
  const day = context.now().toISOString().slice(0, 10);
  await context.db.transaction().execute(async (tx) => {
    await oweDigest(tx, subscriber_id, month, order, context.now());
    await notifyStaff(context, tx, `lost digest ${month} ${day}`, {
      title: `Not submitted: digest of ${month}`,
      message:
        `At least one copy of the digest of ${month} was not submitted on ${day}; see the log for why and how many. ` +
        `\`verdicts issue digest ${month} --send\` sends it to the readers who missed it; if Resend never answered, some of them may get it twice.`,
    });
  });
}

async function findDigest(context: Context, month: string, choice?: ReaderChoice) {
  return loadDigest(context, month, choice).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'not_found') {
      return undefined;
    }
    throw error;
  });
}
