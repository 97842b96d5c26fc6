import type { Context } from '../../context.ts';
import { type Letter, renderLetter } from '../../issues/render/render-letter.tsx';
import { requireUnmoved } from '../../installation/identity.ts';
import type { Priority } from '../limits/rate-limit.ts';
import type { LetterTag } from '../events/read-event.ts';
import { listAddressChanges } from '../events/suppress-by-event.ts';
import { unsubscribeHeaders } from '../rules/unsubscribe-headers.ts';
import { submitMail, type SubmitOutcome } from './_submit-mail.ts';

export interface LetterSubject {
  /**
   * A LetterJobKind, `confirmation`, or `digest-2026-11`; after a restore it shows, in the list of mails at Resend, what a
   * reader has received.
   */
  kind: string;
  tag: LetterTag;
  id: number;
  /** For a digest that is sent again: which resend it is. */
  order?: string | undefined;
}

export interface LetterRequest {
  letter: Letter;
  to: string | string[];
  /** Idempotency key: the same for every attempt at this mail. */
  key: string;
  /** Attempts end 23 hours later. */
  requested_at: Date;
  /** Which letter it is, and whom its bounces and complaints concern; absent for mails to staff. */
  about?: LetterSubject;
  /** `bulk letter` for one to many readers: it waits like an issue. */
  priority?: Exclude<Priority, 'bulk'> | undefined;
  /** For readers: mail clients then show their own unsubscribe button (RFC 2369, RFC 8058). */
  unsubscribe_url?: string;
  /** Asked again when its turn has come; by default it is wanted. */
  isWanted?: (() => Promise<boolean>) | undefined;
}

/** Renders a letter and submits it, by default with the priority that overtakes every waiting batch. */
export async function submitLetter(
  context: Context,
  { letter, to, key, requested_at, about, priority, unsubscribe_url, isWanted }: LetterRequest,
): Promise<SubmitOutcome> {
  const { config } = context;
  if (about) {
    // Mails to staff are exempt: one of them reports the move.
    await requireUnmoved(context.db);
  }
  const mail = {
    from: config.mailFrom,
    to,
    ...(await renderLetter(letter)),
    headers: {
      'X-Auto-Response-Suppress': 'OOF, AutoReply',
      ...(unsubscribe_url ? unsubscribeHeaders(unsubscribe_url, config.unsubscribeMailbox) : {}),
    },
    ...(about ? { tags: await tagsOf(context, about) } : {}),
    ...(config.mailReplyTo ? { replyTo: config.mailReplyTo } : {}),
  };
  return submitMail(context, mail, key, requested_at, priority, isWanted);
}

async function tagsOf({ db, installation }: Context, { kind, tag, id, order }: LetterSubject) {
  const changes = tag === 'reader' ? await db.transaction().execute((tx) => listAddressChanges(tx, id)) : [];
  return [
    { name: 'sender', value: installation.id },
    { name: tag, value: String(id) },
    { name: 'moves', value: String(changes.length) },
    { name: 'letter', value: kind },
    ...(order === undefined ? [] : [{ name: 'order', value: order }]),
  ];
}
