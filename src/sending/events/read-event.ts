import * as z from 'zod';
import type { DeliveryEvent } from '../rules/delivery-status.ts';

const shortText = z
  .string()
  // Half of a character cannot be stored as JSON.
  .transform((text) =>
    text
      .replaceAll(/\p{Cc}/gu, '')
      .slice(0, 200)
      .toWellFormed(),
  )
  .optional()
  .catch(undefined);
const tagValues = z.record(z.string(), z.coerce.string()).optional().catch(undefined);
const EARLIEST = new Date('2020-01-01');
const LATEST = new Date('2100-01-01');

/**
 * The parts of a Resend webhook that we use; everything else, including links with tokens, is dropped. Only
 * essential fields are required: an optional one with an invalid value is left out, and the event is still used.
 */
const eventShape = z.object({
  type: z.string(),
  created_at: z
    .string()
    .transform((text) => new Date(text))
    .pipe(z.date().min(EARLIEST).max(LATEST)),
  data: z
    .object({
      email_id: z.uuid().optional().catch(undefined),
      to: z.array(z.email()).optional().catch(undefined),
      tags: tagValues,
      bounce: z.object({ type: shortText, subType: shortText }).optional().catch(undefined),
      suppressed: z.object({ type: shortText, reason: shortText }).optional().catch(undefined),
      failed: z.object({ reason: shortText }).optional().catch(undefined),
    })
    .default({}),
});

type Data = Omit<z.infer<typeof eventShape>['data'], 'to'>;

export interface ResendEvent extends Omit<z.infer<typeof eventShape>, 'data'> {
  /** The address, which is not stored: needed only where nothing else says whose mail it was. */
  recipient?: string | undefined;
  data: Data;
}

const STATUS_EVENTS: Record<string, DeliveryEvent> = {
  'email.sent': 'submitted',
  'email.delivery_delayed': 'delayed',
  'email.delivered': 'delivered',
  'email.failed': 'failed',
  'email.suppressed': 'suppressed',
  'email.bounced': 'bounced',
  'email.complained': 'complained',
};

/** Undefined if the payload is not a valid event. */
export function readEvent(payload: unknown): ResendEvent | undefined {
  const event = eventShape.safeParse(payload).data;
  if (!event) {
    return undefined;
  }
  const { to, ...data } = event.data;
  return { ...event, recipient: to?.[0], data };
}

export function statusEventOf(event: ResendEvent): DeliveryEvent | undefined {
  return STATUS_EVENTS[event.type];
}

/** The delivery that the event is about, when its tags say that this installation sent it. */
export function deliveryIdOf(event: ResendEvent, installationId: string): number | undefined {
  return idOf(event, 'delivery', installationId);
}

/** The week of the issue that a mail was a copy of; undefined for letters, and for mails of versions that did not tag it. */
export function weekOf({ data: { tags } }: ResendEvent): string | undefined {
  return tags?.issue;
}

/** Whom a letter went to: a reader, the requested new address of an address change, or the replaced one. */
export const LETTER_TAGS = ['reader', 'change', 'left'] as const;
export type LetterTag = (typeof LETTER_TAGS)[number];

/** Tag and id of a letter that this installation sent; undefined for anything else. */
export function letterOf(
  event: ResendEvent,
  installationId: string,
): { tag: LetterTag; id: number } | undefined {
  for (const tag of LETTER_TAGS) {
    const id = idOf(event, tag, installationId);
    if (id !== undefined) {
      return { tag, id };
    }
  }
  return undefined;
}

/** How often the reader had changed their address when the letter was sent. */
export function addressChangesBefore({ data: { tags } }: ResendEvent): number {
  return Number(tags?.moves) || 0;
}

function idOf({ data: { tags } }: ResendEvent, tag: string, installationId: string): number | undefined {
  const id = Number(tags?.[tag]);
  return tags?.sender === installationId && Number.isSafeInteger(id) && id > 0 ? id : undefined;
}

/** The round of the delivery, which staff may have sent again since; the first if the tag is missing. */
export function roundOf({ data: { tags } }: { data: Pick<Data, 'tags'> }): number {
  return Number(tags?.round) || 1;
}

/** A quota was exceeded after Resend had accepted the mail (docs/resend.md, quotas). */
export function isQuotaFailure(event: ResendEvent): boolean {
  return event.type === 'email.failed' && /^reached_\w*quota$/.test(event.data.failed?.reason ?? '');
}

/** Only where tracking is on at Resend. */
export function isReading({ type }: ResendEvent): boolean {
  return type === 'email.opened' || type === 'email.clicked';
}

/**
 * Full mailboxes, autoresponders and the like, and every bounce that is not certainly permanent: undetermined, without a
 * type, or of a type that does not exist yet.
 */
export function isTransientBounce(event: ResendEvent): boolean {
  return event.type === 'email.bounced' && !isPermanent(event.data.bounce?.type);
}

/** Whether a bounce of this type is permanent (docs/resend.md, webhooks). */
export function isPermanent(bounceType: string | null | undefined): boolean {
  return bounceType?.toLowerCase() === 'permanent';
}

export type SuppressionCause = 'bounced' | 'complained' | 'suppressed';

/** Why this reader must get no more mail; undefined if the event is no reason to stop. */
export function suppressionCauseOf(event: ResendEvent): SuppressionCause | undefined {
  switch (event.type) {
    case 'email.bounced':
      // Transient bounces (a full mailbox, an autoresponder) may resolve by themselves.
      return isPermanent(event.data.bounce?.type) ? 'bounced' : undefined;
    case 'email.complained':
      return 'complained';
    case 'email.suppressed':
      return 'suppressed';
    default:
      return undefined;
  }
}
