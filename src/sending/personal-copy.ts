import type { Envelope, Rendering } from '../issues/render.tsx';
import { type LinkKeys, signSubscriber, signVote } from '../links.ts';

export interface Reader {
  issue_id: number;
  subscriber_id: number;
}

/** One reader's mail, short of the address: what staff preview is what goes out. */
export interface PersonalCopy {
  from: string;
  reply_to: string | null;
  subject: string;
  html: string;
  text: string;
  headers: Record<string, string>;
}

type PersonalPart = 'vote' | 'preferences' | 'unsubscribe';

const PLACEHOLDER = /\uE000(vote|preferences|unsubscribe)\uE001/;

/** Takes a rendering apart once; the function it returns makes any reader's copy. Same key and reader, same bytes. */
export function openRendering(
  rendering: Rendering,
  keys: LinkKeys,
  keyId = keys.newest,
): (reader: Reader) => PersonalCopy {
  const html = rendering.html.split(PLACEHOLDER);
  const text = rendering.text.split(PLACEHOLDER);
  return (reader) => {
    const tokens: Record<PersonalPart, string> = {
      vote: signVote(keys, reader, keyId),
      preferences: signSubscriber(keys, 'preferences', reader.subscriber_id, keyId),
      unsubscribe: signSubscriber(keys, 'unsubscribe', reader.subscriber_id, keyId),
    };
    return {
      from: rendering.envelope.from,
      reply_to: rendering.envelope.reply_to,
      subject: rendering.subject,
      html: join(html, tokens),
      text: join(text, tokens),
      headers: headersOf(rendering.envelope, tokens.unsubscribe),
    };
  };
}

/** Literals and names of parts alternate: splitting by a pattern with a group leaves them so. */
function join(pieces: readonly string[], tokens: Record<PersonalPart, string>): string {
  return pieces.map((piece, index) => (index % 2 === 0 ? piece : tokens[piece as PersonalPart])).join('');
}

function headersOf(envelope: Envelope, unsubscribeToken: string): Record<string, string> {
  return {
    // RFC 2369 and RFC 8058: mail programs show their own unsubscribe button.
    'List-Unsubscribe': `<${envelope.public_url}/unsubscribe/${unsubscribeToken}>`,
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    'List-Id': envelope.list_id,
    'Feedback-ID': envelope.feedback_id,
    Precedence: 'bulk',
    'X-Auto-Response-Suppress': 'OOF, AutoReply',
  };
}
