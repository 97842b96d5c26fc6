import { z } from 'zod';
import type { DeliveryEvent } from './delivery-status.ts';

/** The parts of a Resend webhook that we use; all else, addresses and links with tokens among it, is dropped. */
const eventShape = z.object({
  type: z.string(),
  created_at: z.coerce.date(),
  data: z
    .object({
      email_id: z.string().optional(),
      tags: z.record(z.string(), z.string()).optional(),
      bounce: z.object({ type: z.string(), subType: z.string().optional() }).optional(),
      suppressed: z.object({ type: z.string().optional(), reason: z.string().optional() }).optional(),
      failed: z.object({ reason: z.string().optional() }).optional(),
    })
    .default({}),
});

export type ResendEvent = z.infer<typeof eventShape>;

const STATUS_EVENTS: Record<string, DeliveryEvent> = {
  'email.sent': 'submitted',
  'email.delivery_delayed': 'delayed',
  'email.delivered': 'delivered',
  'email.failed': 'failed',
  'email.suppressed': 'suppressed',
  'email.bounced': 'bounced',
  'email.complained': 'complained',
};

/** Undefined for an event of a shape we do not know. */
export function readEvent(payload: unknown): ResendEvent | undefined {
  return eventShape.safeParse(payload).data;
}

export function statusEventOf(event: ResendEvent): DeliveryEvent | undefined {
  return STATUS_EVENTS[event.type];
}

/** The delivery that the event is about, when its tags say that this installation sent it. */
export function deliveryIdOf({ data: { tags } }: ResendEvent, installationId: string): number | undefined {
  const id = Number(tags?.delivery);
  return tags?.sender === installationId && Number.isSafeInteger(id) && id > 0 ? id : undefined;
}

/** Why nothing must go to this reader any more; undefined when the event is no reason to stop. */
export function stopReasonOf(event: ResendEvent): 'bounced' | 'complained' | 'suppressed' | undefined {
  switch (event.type) {
    case 'email.bounced':
      // Transient bounces (a full mailbox, an autoresponder) may end by themselves.
      return event.data.bounce?.type.toLowerCase() === 'permanent' ? 'bounced' : undefined;
    case 'email.complained':
      return 'complained';
    case 'email.suppressed':
      return 'suppressed';
    default:
      return undefined;
  }
}
