import { applyEvent } from '../../sending/events/apply-event.ts';
import { readEvent } from '../../sending/events/read-event.ts';
import { listLanes } from '../../sending/lanes/lanes.ts';
import { readReceivedMail, receiveMail } from '../../sending/events/receive-mail.ts';
import type { PageContext } from '../layout/page.tsx';

/** Resend's events: verified by the SDK over the raw body, each applied once. Unrelated and unknown events get 200. */
export async function resendWebhook(c: PageContext) {
  const context = c.get('context');
  const svixId = c.req.header('svix-id') ?? '';
  const verified = await verify(c, await c.req.text(), svixId);
  if (!verified.ok) {
    context.metrics.count('webhooks', 'rejected');
    context.log.warn({ reason: verified.reason }, 'a webhook was rejected');
    return c.json({ message: verified.reason }, verified.status);
  }
  const mail = readReceivedMail(verified.value);
  const event = readEvent(verified.value);
  if (mail) {
    await receiveMail(context, mail);
  } else if (event) {
    context.metrics.observe(
      'webhook_lag',
      event.type,
      (context.now().getTime() - event.created_at.getTime()) / 1_000,
    );
    context.metrics.count('webhooks', await applyEvent(context, svixId, event));
  } else {
    context.metrics.count('webhooks', 'ignored');
    context.log.warn({ svix_id: svixId }, 'a webhook of unknown shape was ignored');
  }
  return c.json({});
}

type Verification = { ok: true; value: unknown } | { ok: false; status: 400 | 401; reason: string };

async function verify(c: PageContext, body: string, svixId: string): Promise<Verification> {
  const { config, resend } = c.get('context');
  const { webhooks } = await resend();
  const headers = {
    id: svixId,
    timestamp: c.req.header('svix-timestamp') ?? '',
    signature: c.req.header('svix-signature') ?? '',
  };
  // Each team signs with its own secret, so every known secret is tried.
  const secrets = [...listLanes(config).map((lane) => lane.webhookSecret), ...config.formerWebhookSecrets];
  for (const webhookSecret of new Set(secrets)) {
    try {
      return { ok: true, value: webhooks.verify({ payload: body, headers, webhookSecret }) };
    } catch (error) {
      // The SDK does not export its error class (docs/resend.md, webhooks), so the name identifies an invalid signature.
      if (error instanceof SyntaxError) {
        return { ok: false, status: 400, reason: 'the body is not JSON' };
      }
      if (!(error instanceof Error) || error.name !== 'WebhookVerificationError') {
        throw error;
      }
    }
  }
  return { ok: false, status: 401, reason: 'the signature is invalid' };
}
