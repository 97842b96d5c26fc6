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

/** Whom a mail goes to over the wire. */
export interface Recipient extends Reader {
  email: string;
  delivery_id: number;
  round: number;
}

/** The JSON of one mail up to where its end follows, with room for a reader's tokens. */
export interface MailTemplate {
  keys: LinkKeys;
  key_id: string;
  image: Buffer;
  /** Where in the image which token goes; all are of one length. */
  slots: readonly { offset: number; part: LinkPart }[];
  tags: readonly MailTag[];
}

interface MailTag {
  name: string;
  value: string;
}

type LinkPart = 'vote' | 'preferences' | 'unsubscribe';

const TOKEN_LENGTH = 33;
/** A reader's, each of which goes to several places of the mail: bytes are copied faster than strings are written. */
const TOKENS: Record<LinkPart, Buffer> = {
  vote: Buffer.alloc(TOKEN_LENGTH),
  preferences: Buffer.alloc(TOKEN_LENGTH),
  unsubscribe: Buffer.alloc(TOKEN_LENGTH),
};
/** Private-use characters, as in src/issues/render.tsx; JSON leaves them as they are. */
const PLACEHOLDER = /\uE000(vote|preferences|unsubscribe)\uE001/;

/** Takes a rendering apart once; the function it returns makes any reader's copy, from the very bytes that go out. */
export function openRendering(
  rendering: Rendering,
  keys: LinkKeys,
  keyId = keys.newest,
): (reader: Reader) => PersonalCopy {
  const template = openTemplate(rendering, [], keys, keyId);
  return (reader) => {
    const recipient = { ...reader, email: '', delivery_id: 0, round: 1 };
    const end = endOf(template, recipient);
    const bytes = Buffer.concat([template.image, Buffer.from(end)]);
    signInto(template, recipient, bytes);
    const { from, reply_to = null, subject, html, text, headers } = JSON.parse(bytes.toString('utf8'));
    return { from, reply_to, subject, html, text, headers };
  };
}

/** Escapes everything that readers share once; `tags` are the same for all of them. */
export function openTemplate(
  { subject, html, text, envelope }: Rendering,
  tags: readonly MailTag[],
  keys: LinkKeys,
  key_id: string,
): MailTemplate {
  const mail = {
    from: envelope.from,
    subject,
    html,
    text,
    headers: headersOf(envelope),
    ...(envelope.reply_to ? { reply_to: envelope.reply_to } : {}),
  };
  const pieces = JSON.stringify(mail).slice(0, -1).split(PLACEHOLDER);
  const slots: { offset: number; part: LinkPart }[] = [];
  const written: Buffer[] = [];
  let offset = 0;
  for (const [index, piece] of pieces.entries()) {
    const isPart = index % 2 === 1;
    const bytes = isPart ? Buffer.alloc(TOKEN_LENGTH, '-') : Buffer.from(piece);
    if (isPart) {
      slots.push({ offset, part: piece as LinkPart });
    }
    written.push(bytes);
    offset += bytes.length;
  }
  return { keys, key_id, image: Buffer.concat(written), slots, tags };
}

/** What stands after the image in the mail's JSON: the address, and the tags by which its events are known again. */
export function endOf({ tags }: MailTemplate, { email, delivery_id, round }: Recipient): string {
  const own = [
    ...tags,
    { name: 'delivery', value: String(delivery_id) },
    { name: 'round', value: String(round) },
  ];
  return `,"to":${JSON.stringify(email)},"tags":${JSON.stringify(own)}}`;
}

/** Writes a reader's tokens into an image that stands at the start of `bytes`, over those of whoever came before. */
export function signInto({ keys, key_id, slots }: MailTemplate, reader: Reader, bytes: Uint8Array): void {
  TOKENS.vote.write(signVote(keys, reader, key_id), 'latin1');
  TOKENS.preferences.write(signSubscriber(keys, 'preferences', reader.subscriber_id, key_id), 'latin1');
  TOKENS.unsubscribe.write(signSubscriber(keys, 'unsubscribe', reader.subscriber_id, key_id), 'latin1');
  for (const { offset, part } of slots) {
    bytes.set(TOKENS[part], offset);
  }
}

function placeholderOf(part: LinkPart): string {
  return `\uE000${part}\uE001`;
}

function headersOf(envelope: Envelope): Record<string, string> {
  return {
    // RFC 2369 and RFC 8058: mail programs show their own unsubscribe button.
    'List-Unsubscribe': `<${envelope.public_url}/unsubscribe/${placeholderOf('unsubscribe')}>`,
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    'List-Id': envelope.list_id,
    'Feedback-ID': envelope.feedback_id,
    Precedence: 'bulk',
    'X-Auto-Response-Suppress': 'OOF, AutoReply',
  };
}
