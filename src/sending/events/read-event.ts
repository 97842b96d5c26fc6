import { z } from 'zod';
import type { DeliveryEvent } from '../rules/delivery-status.ts';

/** The parts of a Resend webhook that we use; all else, addresses and links with tokens among it, is dropped. */
const word = z
  .string()
  .transform((text) => text.replaceAll(/\p{Cc}/gu, '').slice(0, 200))
  .optional()
  .catch(undefined);
const tagValues = z.record(z.string(), z.coerce.string()).optional().catch(undefined);
const EARLIEST = new Date('2020-01-01');
const LATEST = new Date('2100-01-01');

/** Only what decides has to be there; an optional part of an odd shape is left out, never the event. */
const eventShape = z.object({
  type: z.string(),
  created_at: z
    .string()
    .transform((text) => new Date(text))
    .pipe(z.date().min(EARLIEST).max(LATEST)),
  data: z
    .object({
      email_id: z.uuid().optional().catch(undefined),
      tags: tagValues,
      bounce: z.object({ type: word, subType: word }).optional().catch(undefined),
      suppressed: z.object({ type: word, reason: word }).optional().catch(undefined),
      failed: z.object({ reason: word }).optional().catch(undefined),
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
export function deliveryIdOf(event: ResendEvent, installationId: string): number | undefined {
  return idOf(event, 'delivery', installationId);
}

/** Whom a letter went to: a reader, after so many moves; the owner of a wished-for address; or of one that was left. */
export type LetterTag = 'reader' | 'change' | 'left';

/** Of a letter of this installation, what it was about and the id; undefined for anything else. */
export function letterOf(
  event: ResendEvent,
  installationId: string,
): { tag: LetterTag; id: number } | undefined {
  for (const tag of ['reader', 'change', 'left'] as const) {
    const id = idOf(event, tag, installationId);
    if (id !== undefined) {
      return { tag, id };
    }
  }
  return undefined;
}

export function movesOf({ data: { tags } }: ResendEvent): number {
  return Number(tags?.moves) || 0;
}

function idOf({ data: { tags } }: ResendEvent, tag: string, installationId: string): number | undefined {
  const id = Number(tags?.[tag]);
  return tags?.sender === installationId && Number.isSafeInteger(id) && id > 0 ? id : undefined;
}

/** Which round of a delivery that staff may have sent again since; the first where the tag is missing. */
export function roundOf({ data: { tags } }: ResendEvent): number {
  return Number(tags?.round) || 1;
}

/** Resend's word for a quota that bit only after the mail was accepted (resend.md 3.2). */
export function isQuotaFailure(event: ResendEvent): boolean {
  return event.type === 'email.failed' && /^reached_\w*quota$/.test(event.data.failed?.reason ?? '');
}

/** Full mailboxes, autoresponders and the like; Resend's pages say both words (resend.md 4.3). */
export function isTransientBounce(event: ResendEvent): boolean {
  return event.type === 'email.bounced' && /^(transient|temporary)$/i.test(event.data.bounce?.type ?? '');
}

export type SuppressionCause = 'bounced' | 'complained' | 'suppressed';

/** Why nothing must go to this reader any more; undefined when the event is no reason to stop. */
export function suppressionCauseOf(event: ResendEvent): SuppressionCause | undefined {
  switch (event.type) {
    case 'email.bounced':
      // Transient bounces (a full mailbox, an autoresponder) may end by themselves.
      return event.data.bounce?.type?.toLowerCase() === 'permanent' ? 'bounced' : undefined;
    case 'email.complained':
      return 'complained';
    case 'email.suppressed':
      return 'suppressed';
    default:
      return undefined;
  }
}
