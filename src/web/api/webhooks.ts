import { applyEvent } from '../../sending/events/apply-event.ts';
import { readEvent } from '../../sending/events/read-event.ts';
import type { PageContext } from '../layout/page.tsx';

/** Resend's events: verified by the SDK over the raw body, each applied once; others' and unknown ones get 200. */
export async function resendWebhook(c: PageContext) {
  const context = c.get('context');
  const svixId = c.req.header('svix-id') ?? '';
  const payload = verify(c, await c.req.text(), svixId);
  if (!payload.ok) {
    context.log.warn({ reason: payload.reason }, 'a webhook was refused');
    return c.json({ message: payload.reason }, payload.status);
  }
  const event = readEvent(payload.value);
  if (event) {
    await applyEvent(context, svixId, event);
  } else {
    context.log.warn({ svix_id: svixId }, 'a webhook of an unknown shape was left out');
  }
  return c.json({});
}

type Verified = { ok: true; value: unknown } | { ok: false; status: 400 | 401; reason: string };

function verify(c: PageContext, body: string, svixId: string): Verified {
  const { config, resend } = c.get('context');
  const headers = {
    id: svixId,
    timestamp: c.req.header('svix-timestamp') ?? '',
    signature: c.req.header('svix-signature') ?? '',
  };
  try {
    return {
      ok: true,
      value: resend.webhooks.verify({ payload: body, headers, webhookSecret: config.webhookSecret }),
    };
  } catch (error) {
    // The SDK does not export its error class (resend.md 4.1): the name tells a bad signature from a bad body.
    if (error instanceof SyntaxError) {
      return { ok: false, status: 400, reason: 'the body is not JSON' };
    }
    if (error instanceof Error && error.name === 'WebhookVerificationError') {
      return { ok: false, status: 401, reason: 'the signature does not fit' };
    }
    throw error;
  }
}
