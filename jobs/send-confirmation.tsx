import type { Context } from '../src/context.ts';
import { cleanHtml } from '../src/issues/clean-html.ts';
import { signSubscriber } from '../src/links.ts';
import type { Jobs } from '../src/queue.ts';
import { submitMail } from '../src/sending/submit-mail.ts';

/** One confirmation mail per request, however often the job runs. */
export async function sendConfirmationJob(
  context: Context,
  { subscriber_id, requested_at }: Jobs['send-confirmation'],
): Promise<void> {
  const { config, db, linkKeys } = context;
  const subscriber = await db
    .selectFrom('subscribers')
    .select('email')
    .where('id', '=', subscriber_id)
    .where('status', '=', 'pending')
    .executeTakeFirst();
  if (!subscriber) {
    return;
  }
  // Loaded on first use, as in src/issues/render.tsx.
  const { render } = await import('@react-email/render');
  const { default: Confirmation, ...words } = await import('../emails/confirmation.tsx');
  const props = {
    confirm_url: `${config.publicUrl}/confirm/${signSubscriber(linkKeys, 'confirm', subscriber_id)}`,
    postal_address: config.postalAddress,
  };
  const mail = {
    from: config.mailFrom,
    to: subscriber.email,
    subject: words.confirmationSubject,
    html: cleanHtml(await render(<Confirmation {...props} />)),
    text: words.confirmationText(props),
    headers: { 'X-Auto-Response-Suppress': 'OOF, AutoReply' },
    ...(config.mailReplyTo ? { replyTo: config.mailReplyTo } : {}),
  };
  await submitMail(
    context,
    mail,
    `confirmation-${context.installation.id}-${subscriber_id}-${Date.parse(requested_at)}`,
    new Date(requested_at),
  );
}
