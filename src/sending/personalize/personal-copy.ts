import { unsubscribeHeaders } from '../rules/unsubscribe-headers.ts';
import { type MailHeaders, readOwnVotePlaceholder, type Rendering } from '../../issues/render/render.tsx';
import { type LinkKeys, signSubscriber, signVote } from '../../links/tokens.ts';
import type { Verdict } from '../../database/schema.ts';
import type { OwnVotes } from '../../votes/tally/load-own-votes.ts';

export interface Reader {
  issue_id: number;
  subscriber_id: number;
  /** In the issue that the recap is about: `recap_week` of the template. */
  own_votes: OwnVotes;
}

/** One reader's mail without the address. Staff preview exactly what is sent. */
export interface PersonalCopy {
  from: string;
  reply_to: string | null;
  subject: string;
  html: string;
  text: string;
  headers: Record<string, string>;
}

export interface Recipient extends Reader {
  email: string;
  delivery_id: number;
  round: number;
}

/** The JSON of one mail without its tail, with slots of fixed length for everything personal. */
export interface MailTemplate {
  keys: LinkKeys;
  key_id: string;
  skeleton: Buffer;
  /** Offsets in the skeleton at which a link token is written. */
  slots: readonly { offset: number; part: LinkPart }[];
  /** Offsets at which the text about a reader's own vote is written. */
  ownVoteTexts: readonly OwnVoteText[];
  /** The issue in which those votes were cast; undefined without a recap. */
  recap_week: string | undefined;
  tags: readonly MailTag[];
}

interface OwnVoteText {
  offset: number;
  tool_slug: string;
  /** All of the same length. */
  words: Record<Verdict, Buffer>;
  none: Buffer;
}

interface MailTag {
  name: string;
  value: string;
}

type LinkPart = 'vote' | 'preferences' | 'unsubscribe';

const TOKEN_LENGTH = 33;
/** Scratch space: each token is written to several slots, and copying bytes is faster than encoding a string. */
const TOKENS: Record<LinkPart, Buffer> = {
  vote: Buffer.alloc(TOKEN_LENGTH),
  preferences: Buffer.alloc(TOKEN_LENGTH),
  unsubscribe: Buffer.alloc(TOKEN_LENGTH),
};
/** Private-use characters, as in src/issues/render/render.tsx; JSON leaves them as they are. */
const PLACEHOLDER = /\uE000([^\uE001]*)\uE001/;

/** One reader's copy, parsed from the bytes that are sent. */
export function copyFor(template: MailTemplate, reader: Reader): PersonalCopy {
  const recipient = { ...reader, email: '', delivery_id: 0, round: 1 };
  const bytes = Buffer.concat([template.skeleton, Buffer.from(tailOf(template, recipient))]);
  personalize(bytes, template, recipient);
  const { from, reply_to = null, subject, html, text, headers } = JSON.parse(bytes.toString('utf8'));
  return { from, reply_to, subject, html, text, headers };
}

/** Serializes once what all readers' mails have in common; `tags` go into every mail. */
export function buildTemplate(
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
  const skeleton: Buffer[] = [];
  let offset = 0;
  let recap_week: string | undefined;
  for (const [index, piece] of pieces.entries()) {
    const isPlaceholder = index % 2 === 1;
    const own = isPlaceholder ? readOwnVotePlaceholder(piece) : undefined;
    let bytes: Buffer = Buffer.from(piece);
    if (own) {
      const text = { offset, tool_slug: own.tool_slug, ...padTexts(own.said) };
      ownVoteTexts.push(text);
      recap_week = own.week;
      bytes = text.none;
    } else if (isPlaceholder) {
      slots.push({ offset, part: piece as LinkPart });
      bytes = Buffer.alloc(TOKEN_LENGTH, '-');
    }
    skeleton.push(bytes);
    offset += bytes.length;
  }
  return { keys, key_id, skeleton: Buffer.concat(skeleton), slots, ownVoteTexts, recap_week, tags };
}

/** Pads with spaces to one length: HTML collapses them, and in the text part they are at the end of a line. */
function padTexts({ ship, skip }: Record<Verdict, string>): Pick<OwnVoteText, 'words' | 'none'> {
  const length = Math.max(Buffer.byteLength(ship), Buffer.byteLength(skip));
  const pad = (text: string) => {
    const bytes = Buffer.alloc(length, ' ');
    bytes.write(text);
    return bytes;
  };
  return { words: { ship: pad(ship), skip: pad(skip) }, none: pad('') };
}

/** The end of the mail's JSON, after the skeleton: the address, and the tags that identify the mail in webhook events. */
export function tailOf({ tags }: MailTemplate, { email, delivery_id, round }: Recipient): string {
  const own = [
    ...tags,
    { name: 'delivery', value: String(delivery_id) },
    { name: 'round', value: String(round) },
  ];
  return `,"to":${JSON.stringify(email)},"tags":${JSON.stringify(own)}}`;
}

/** Memory that the callee writes to. */
export type OutputBuffer<Bytes extends Uint8Array = Uint8Array> = Bytes;

/** Writes everything personal over the slots of a skeleton that starts at the first byte of `output`. */
export function personalize(
  output: OutputBuffer,
  { keys, key_id, slots, ownVoteTexts }: MailTemplate,
  reader: Reader,
): void {
  TOKENS.vote.write(signVote(keys, reader, key_id), 'latin1');
  TOKENS.preferences.write(signSubscriber(keys, 'preferences', reader.subscriber_id, key_id), 'latin1');
  TOKENS.unsubscribe.write(signSubscriber(keys, 'unsubscribe', reader.subscriber_id, key_id), 'latin1');
  for (const { offset, part } of slots) {
    output.set(TOKENS[part], offset);
  }
  for (const { offset, tool_slug, words, none } of ownVoteTexts) {
    const choice = reader.own_votes.get(tool_slug);
    output.set(choice ? words[choice] : none, offset);
  }
}

function placeholderOf(part: LinkPart): string {
  return `\uE000${part}\uE001`;
}

function headersOf(envelope: MailHeaders): Record<string, string> {
  return {
    ...unsubscribeHeaders(
      `${envelope.public_url}/unsubscribe/${placeholderOf('unsubscribe')}`,
      envelope.unsubscribe_mailbox,
    ),
    'List-Id': envelope.list_id,
    'Feedback-ID': envelope.feedback_id,
    Precedence: 'bulk',
    'X-Auto-Response-Suppress': 'OOF, AutoReply',
  };
}
