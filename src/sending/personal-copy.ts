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

/** The JSON of one mail, cut where readers differ: literals and the names of parts alternate. */
export interface MailTemplate {
  keys: LinkKeys;
  key_id: string;
  literals: readonly Buffer[];
  parts: readonly Part[];
  literal_bytes: number;
}

type LinkPart = 'vote' | 'preferences' | 'unsubscribe';
type Part = LinkPart | 'to' | 'delivery' | 'round';

/** Private-use characters, as in src/issues/render.tsx; JSON leaves them as they are. */
const PLACEHOLDER = /\uE000(vote|preferences|unsubscribe|to|delivery|round)\uE001/;

/** Takes a rendering apart once; the function it returns makes any reader's copy, from the very bytes that go out. */
export function openRendering(
  rendering: Rendering,
  keys: LinkKeys,
  keyId = keys.newest,
): (reader: Reader) => PersonalCopy {
  const template = cutMail(rendering, { sender: '', issue: '' }, keys, keyId);
  return (reader) => {
    const recipient = { ...reader, email: '', delivery_id: 0, round: 1 };
    const bytes = Buffer.alloc(measureMail(template, recipient));
    writeMail(template, recipient, bytes, 0);
    const { from, reply_to = null, subject, html, text, headers } = JSON.parse(bytes.toString('utf8'));
    return { from, reply_to, subject, html, text, headers };
  };
}

/** Escapes everything that readers share once. Same template and recipient, same bytes. */
export function cutMail(
  { subject, html, text, envelope }: Rendering,
  tags: Record<string, string>,
  keys: LinkKeys,
  key_id: string,
): MailTemplate {
  const mail = {
    from: envelope.from,
    to: placeholderOf('to'),
    subject,
    html,
    text,
    headers: headersOf(envelope),
    ...(envelope.reply_to ? { reply_to: envelope.reply_to } : {}),
    tags: [
      ...Object.entries(tags).map(([name, value]) => ({ name, value })),
      { name: 'delivery', value: placeholderOf('delivery') },
      { name: 'round', value: placeholderOf('round') },
    ],
  };
  const pieces = JSON.stringify(mail).split(PLACEHOLDER);
  const literals = pieces.filter((_, index) => index % 2 === 0).map((piece) => Buffer.from(piece));
  const parts = pieces.filter((_, index) => index % 2 === 1) as Part[];
  const literal_bytes = literals.reduce((sum, { length }) => sum + length, 0);
  return { keys, key_id, literals, parts, literal_bytes };
}

/** How many bytes `writeMail` will write. */
export function measureMail({ parts, literal_bytes }: MailTemplate, recipient: Recipient): number {
  return parts.reduce((sum, part) => sum + lengthOf(part, recipient), literal_bytes);
}

/** Writes one mail into `bytes` from `offset` on and returns where it ends. */
export function writeMail(template: MailTemplate, recipient: Recipient, bytes: Buffer, offset: number): number {
  const values = valuesOf(template, recipient);
  let end = offset;
  template.literals.forEach((literal, index) => {
    end += literal.copy(bytes, end);
    const part = template.parts[index];
    if (part !== undefined) {
      end += part === 'to' ? bytes.write(values.to, end, 'utf8') : bytes.write(values[part], end, 'latin1');
    }
  });
  return end;
}

const TOKEN_BYTES = 33;

function lengthOf(part: Part, recipient: Recipient): number {
  switch (part) {
    case 'to':
      return Buffer.byteLength(escape(recipient.email));
    case 'delivery':
      return String(recipient.delivery_id).length;
    case 'round':
      return String(recipient.round).length;
    case 'vote':
    case 'preferences':
    case 'unsubscribe':
      return TOKEN_BYTES;
  }
}

function valuesOf({ keys, key_id }: MailTemplate, recipient: Recipient): Record<Part, string> {
  return {
    vote: signVote(keys, recipient, key_id),
    preferences: signSubscriber(keys, 'preferences', recipient.subscriber_id, key_id),
    unsubscribe: signSubscriber(keys, 'unsubscribe', recipient.subscriber_id, key_id),
    to: escape(recipient.email),
    delivery: String(recipient.delivery_id),
    round: String(recipient.round),
  };
}

function escape(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function placeholderOf(part: Part): string {
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
