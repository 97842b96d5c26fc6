import type { Context } from '../context.ts';
import { type Letter, renderLetter } from '../issues/render-letter.tsx';
import type { Lane } from './rate.ts';
import { submitMail, type SubmitOutcome } from './submit-mail.ts';

export interface LetterOrder {
  letter: Letter;
  to: string | string[];
  /** The same for every attempt at this very mail. */
  key: string;
  /** When it was asked for: it is tried until a day after. */
  since: Date;
  /** Whose own address it goes to: bounces and complaints stop them as those of an issue do. */
  subscriber_id?: number;
  /** `bulk` for a letter that goes to many: it waits as an issue does. */
  lane?: Lane;
  /** For readers: mail programs show their own unsubscribe button (RFC 2369, RFC 8058). */
  unsubscribe_url?: string;
}

/** Renders a letter and submits it in the lane that passes every waiting batch. */
export async function submitLetter(
  context: Context,
  { letter, to, key, since, subscriber_id, lane, unsubscribe_url }: LetterOrder,
): Promise<SubmitOutcome> {
  const { config, installation } = context;
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
    ...(subscriber_id === undefined
      ? {}
      : {
          tags: [
            { name: 'sender', value: installation.id },
            { name: 'reader', value: String(subscriber_id) },
          ],
        }),
    ...(config.mailReplyTo ? { replyTo: config.mailReplyTo } : {}),
  };
  return submitMail(context, mail, key, since, lane);
}
