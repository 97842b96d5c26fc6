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

/** A reader's mail as it goes over the wire, with the tags by which its events are known again. */
export interface Recipient extends Reader {
  email: string;
  delivery_id: number;
  round: number;
}

/** The JSON of one mail up to where address and tags follow, with room for a reader's tokens. */
export interface MailTemplate {
  keys: LinkKeys;
  key_id: string;
  image: Buffer;
  /** Where in the image which token goes; all are of one length. */
  slots: readonly { offset: number; part: LinkPart }[];
  tags: readonly MailTag[];
}

/** The end of one mail's JSON, and how many bytes the whole mail has. */
export interface MailEnd {
  text: string;
  bytes: number;
}

interface MailTag {
  name: string;
  value: string;
}

type LinkPart = 'vote' | 'preferences' | 'unsubscribe';

const TOKEN_LENGTH = 33;
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
    const bytes = Buffer.alloc(end.bytes);
    writeMail(template, recipient, end, bytes, 0);
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

export function endOf({ image, tags }: MailTemplate, { email, delivery_id, round }: Recipient): MailEnd {
  const own = [
    ...tags,
    { name: 'delivery', value: String(delivery_id) },
    { name: 'round', value: String(round) },
  ];
  const text = `,"to":${JSON.stringify(email)},"tags":${JSON.stringify(own)}}`;
  return { text, bytes: image.length + Buffer.byteLength(text) };
}

/** Writes one mail into `bytes` from `offset` on. Same template and recipient, same bytes. */
export function writeMail(
  { keys, key_id, image, slots }: MailTemplate,
  recipient: Recipient,
  end: MailEnd,
  bytes: Buffer,
  offset: number,
): void {
  const tokens: Record<LinkPart, string> = {
    vote: signVote(keys, recipient, key_id),
    preferences: signSubscriber(keys, 'preferences', recipient.subscriber_id, key_id),
    unsubscribe: signSubscriber(keys, 'unsubscribe', recipient.subscriber_id, key_id),
  };
  image.copy(bytes, offset);
  for (const slot of slots) {
    bytes.write(tokens[slot.part], offset + slot.offset, 'latin1');
  }
  bytes.write(end.text, offset + image.length, 'utf8');
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
