import type { Context } from '../context.ts';
import { type Letter, renderLetter } from '../issues/render-letter.tsx';
import { submitMail, type SubmitOutcome } from './submit-mail.ts';

export interface LetterOrder {
  letter: Letter;
  to: string | string[];
  /** The same for every attempt at this very mail. */
  key: string;
  /** When it was asked for: it is tried until a day after. */
  since: Date;
  /** For readers: mail programs show their own unsubscribe button (RFC 2369, RFC 8058). */
  unsubscribe_url?: string;
}

/** Renders a letter and submits it in the lane that passes every waiting batch. */
export async function submitLetter(
  context: Context,
  { letter, to, key, since, unsubscribe_url }: LetterOrder,
): Promise<SubmitOutcome> {
  const { config } = context;
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
    ...(config.mailReplyTo ? { replyTo: config.mailReplyTo } : {}),
  };
  return submitMail(context, mail, key, since);
}
