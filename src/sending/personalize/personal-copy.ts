import { type Envelope, readOwnVoteSlot, type Rendering } from '../../issues/render/render.tsx';
import { type LinkKeys, signSubscriber, signVote } from '../../links/tokens.ts';
import type { Verdict } from '../../database/schema.ts';
import type { OwnVotes } from '../../votes/tally/load-own-votes.ts';

export interface Reader {
  issue_id: number;
  subscriber_id: number;
  /** Of the issue that the recap is about; see `recap_week` of the template. */
  own_votes: OwnVotes;
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

/** The JSON of one mail up to where its end follows, with room for what is a reader's own. */
export interface MailTemplate {
  keys: LinkKeys;
  key_id: string;
  image: Buffer;
  /** Where in the image which token goes; all are of one length. */
  slots: readonly { offset: number; part: LinkPart }[];
  /** Where the words for a reader's own vote go; those of one place are of one length. */
  ownVoteTexts: readonly OwnVoteText[];
  /** The issue whose votes those are; undefined when there is no recap. */
  recap_week: string | undefined;
  tags: readonly MailTag[];
}

interface OwnVoteText {
  offset: number;
  tool_slug: string;
  words: Record<Verdict, Buffer>;
  blank: Buffer;
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
/** Private-use characters, as in src/issues/render/render.tsx; JSON leaves them as they are. */
const PLACEHOLDER = /\uE000([^\uE001]*)\uE001/;
const BLANK = ' ';

/** One reader's copy, from the very bytes that go out. */
export function copyFor(template: MailTemplate, reader: Reader): PersonalCopy {
  const recipient = { ...reader, email: '', delivery_id: 0, round: 1 };
  const bytes = Buffer.concat([template.image, Buffer.from(endOf(template, recipient))]);
  writeReaderInto(template, recipient, bytes);
  const { from, reply_to = null, subject, html, text, headers } = JSON.parse(bytes.toString('utf8'));
  return { from, reply_to, subject, html, text, headers };
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
  const ownVoteTexts: OwnVoteText[] = [];
  let recap_week: string | undefined;
  const written: Buffer[] = [];
  let offset = 0;
  for (const [index, piece] of pieces.entries()) {
    const own = index % 2 === 1 ? readOwnVoteSlot(piece) : undefined;
    let bytes: Buffer = Buffer.from(piece);
    if (own) {
      const saying = { offset, tool_slug: own.tool_slug, ...padWords(own.said) };
      ownVoteTexts.push(saying);
      recap_week = own.week;
      bytes = saying.blank;
    } else if (index % 2 === 1) {
      slots.push({ offset, part: piece as LinkPart });
      bytes = Buffer.alloc(TOKEN_LENGTH, '-');
    }
    written.push(bytes);
    offset += bytes.length;
  }
  return { keys, key_id, image: Buffer.concat(written), slots, ownVoteTexts, recap_week, tags };
}

/** The words inside JSON, filled with blanks to one length: HTML shows none of them, and the text part ends lines so. */
function padWords({ ship, skip }: Record<Verdict, string>): Pick<OwnVoteText, 'words' | 'blank'> {
  const length = Math.max(Buffer.byteLength(ship), Buffer.byteLength(skip));
  const pad = (text: string) => {
    const bytes = Buffer.alloc(length, BLANK);
    bytes.write(text);
    return bytes;
  };
  return { words: { ship: pad(ship), skip: pad(skip) }, blank: pad('') };
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

/** Writes what is a reader's own into an image that stands at the start of `bytes`, over that of whoever came before. */
export function writeReaderInto(
  { keys, key_id, slots, ownVoteTexts }: MailTemplate,
  reader: Reader,
  bytes: Uint8Array,
): void {
  TOKENS.vote.write(signVote(keys, reader, key_id), 'latin1');
  TOKENS.preferences.write(signSubscriber(keys, 'preferences', reader.subscriber_id, key_id), 'latin1');
  TOKENS.unsubscribe.write(signSubscriber(keys, 'unsubscribe', reader.subscriber_id, key_id), 'latin1');
  for (const { offset, part } of slots) {
    bytes.set(TOKENS[part], offset);
  }
  for (const { offset, tool_slug, words, blank } of ownVoteTexts) {
    const choice = reader.own_votes.get(tool_slug);
    bytes.set(choice ? words[choice] : blank, offset);
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
