import type { Context } from '../../src/context.ts';
import { imprintOf } from '../../src/issues/render/render-letter.tsx';
import type { Jobs } from '../../src/queue/queue.ts';
import { confirmUrl } from '../../src/links/reader-url.ts';
import { notifyLost } from '../../src/sending/letters/notify-lost.ts';
import { enqueueConfirmation } from '../../src/subscribers/join/enqueue-confirmation.ts';
import { findConfirmLink } from '../../src/subscribers/join/confirm.ts';
import { submitLetter } from '../../src/sending/letters/submit-letter.ts';

/** One confirmation mail per request, however often the job runs. */
export async function sendConfirmationJob(
  context: Context,
  { subscriber_id, requested_at }: Jobs['send-confirmation'],
): Promise<void> {
  const { config, db, installation } = context;
  const findSubscriber = () =>
    db
      .selectFrom('subscribers')
      .select('email')
      .where('id', '=', subscriber_id)
      .where('status', '=', 'pending')
      .where('requested_at', '=', new Date(requested_at))
      .executeTakeFirst();
  const subscriber = await findSubscriber();
  if (!subscriber) {
    return answerLaterRequest(context, subscriber_id);
  }
  // Loaded on first use, as in src/issues/render/render.tsx.
  const { confirmation } = await import('../../emails/confirmation.tsx');
  const { kind } = await submitLetter(context, {
    letter: confirmation({
      confirm_url: confirmUrl(context, await findConfirmLink(context, subscriber_id)),
      imprint: imprintOf(config),
    }),
    to: subscriber.email,
    about: { kind: 'confirmation', tag: 'reader', id: subscriber_id },
    key: `confirmation-${installation.id}-${subscriber_id}-${Date.parse(requested_at)}`,
    requested_at: new Date(requested_at),
    isWanted: async () => (await findSubscriber())?.email === subscriber.email,
  });
  if (kind === 'unwanted') {
    return answerLaterRequest(context, subscriber_id);
  }
  if (kind === 'lost') {
    return recordLoss(context, subscriber_id, new Date(requested_at));
  }
  context.metrics.count('sign_ups', 'mailed');
  await db
    .updateTable('subscribers')
    .set({ confirmation_sent_at: context.now() })
    .where('id', '=', subscriber_id)
    .where('requested_at', '=', new Date(requested_at))
    .execute();
}

/** The previous release enqueued nothing for a reader who asked again while the first request was waiting. */
async function answerLaterRequest({ boss, db }: Context, subscriberId: number): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const unanswered = await tx
      .selectFrom('subscribers')
      .select(['id', 'requested_at'])
      .where('id', '=', subscriberId)
      .where('status', '=', 'pending')
      .where('confirmation_sent_at', 'is', null)
      .executeTakeFirst();
    await (unanswered && enqueueConfirmation(boss, tx, unanswered));
  });
}

/** Whoever asks again need not wait for the cooldown. */
async function recordLoss(context: Context, id: number, requested_at: Date): Promise<void> {
  await context.db.transaction().execute(async (tx) => {
    await tx
      .updateTable('subscribers')
      .set({ asked_times: 0 })
      .where('id', '=', id)
      .where('status', '=', 'pending')
      .where('requested_at', '=', requested_at)
      .execute();
    await notifyLost(context, tx, 'confirmation');
  });
}
