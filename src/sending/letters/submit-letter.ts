import type { Context } from '../../context.ts';
import { type Letter, renderLetter } from '../../issues/render/render-letter.tsx';
import { requireUnmoved } from '../../database/identity.ts';
import type { Lane } from '../limits/rate-limit.ts';
import type { LetterTag } from '../events/read-event.ts';
import { listAddressChanges } from '../events/suppress-reader.ts';
import { submitMail, type SubmitOutcome } from './submit-mail.ts';

export interface LetterOrder {
  letter: Letter;
  to: string | string[];
  /** The same for every attempt at this very mail. */
  key: string;
  /** When it was asked for: it is tried until a day after. */
  since: Date;
  /** Whom bounces and complaints are about; staff's own are nobody's. */
  about?: { tag: LetterTag; id: number };
  /** `bulk` for a letter that goes to many: it waits as an issue does. */
  lane?: Lane | undefined;
  /** For readers: mail programs show their own unsubscribe button (RFC 2369, RFC 8058). */
  unsubscribe_url?: string;
}

/** Renders a letter and submits it in the lane that passes every waiting batch. */
export async function submitLetter(
  context: Context,
  { letter, to, key, since, about, lane, unsubscribe_url }: LetterOrder,
): Promise<SubmitOutcome> {
  const { config } = context;
  if (about) {
    // Staff's own are told of a move.
    await requireUnmoved(context.db);
  }
  const mail = {
    from: config.mailFrom,
    to,
    ...(await renderLetter(letter)),
    headers: {
      'X-Auto-Response-Suppress': 'OOF, AutoReply',
      ...(unsubscribe_url
        ? {
            'List-Unsubscribe': `<${unsubscribe_url}>`,
            'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
          }
        : {}),
    },
    ...(about ? { tags: await tagsOf(context, about) } : {}),
    ...(config.mailReplyTo ? { replyTo: config.mailReplyTo } : {}),
  };
  return submitMail(context, mail, key, since, lane);
}

async function tagsOf({ db, installation }: Context, { tag, id }: NonNullable<LetterOrder['about']>) {
  const moves = tag === 'reader' ? await db.transaction().execute((tx) => listAddressChanges(tx, id)) : [];
  return [
    { name: 'sender', value: installation.id },
    { name: tag, value: String(id) },
    { name: 'moves', value: String(moves.length) },
  ];
}
