import { Webhook } from 'standardwebhooks';

/**
 * The headers of an event: signed with every secret of its endpoint, so that one can be replaced without a gap. Standard
 * Webhooks specification, "Webhook headers".
 */
export function signEvent(
  secrets: readonly string[],
  id: string,
  at: Date,
  body: string,
): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
  };
}
