import {
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto';
import { AppError } from '../errors.ts';

export type LinkPurpose =
  | 'vote'
  | 'unsubscribe'
  | 'confirm'
  | 'preferences'
  | 'stay'
  | 'address'
  | 'remember'
  | 'page';

/** What a vote link identifies: one subscriber's ballot in one issue. */
export interface Ballot {
  issue_id: number;
  subscriber_id: number;
}

export interface LinkKeys {
  /** The id of the key that signs new tokens. */
  newest: string;
  byId: ReadonlyMap<string, Record<LinkPurpose, KeyObject>>;
}

const PURPOSES: readonly LinkPurpose[] = [
  'vote',
  'unsubscribe',
  'confirm',
  'preferences',
  'stay',
  'address',
  'remember',
  'page',
];
const ID_BYTES = 8;
const SIGNATURE_BYTES = 16;
/** Reused for every token: there are several per mail, and allocating each would dominate the memory use of sending. */
const TOKEN_BUFFER = Buffer.alloc(ID_BYTES + SIGNATURE_BYTES);
const ID_PART = TOKEN_BUFFER.subarray(0, ID_BYTES);
const SIGNED_PAGE = /^([0-9a-z]{1,9})\.(?:([a-z0-9-]{1,200}\/(?:ship|skip))\.)?([A-Za-z0-9_-]{22})$/;
const TOKEN = /^[A-Za-z0-9_-]{33}$/;

/** Preview links look like a reader's but are signed with other keys, so that no reader page accepts them. */
export type LinkUse = 'live' | 'preview';

/**
 * Derives a key per purpose from each secret, newest first (HKDF, RFC 5869). A key id is one character of the secret's
 * hash, so that secrets can be added and removed without renumbering; duplicate ids are refused.
 */
export function deriveLinkKeys(secrets: readonly string[], use: LinkUse = 'live'): LinkKeys {
  const byId = new Map<string, Record<LinkPurpose, KeyObject>>();
  for (const secret of secrets) {
    const id = linkKeyId(secret);
    if (byId.has(id)) {
      throw new AppError('invalid_input', 'LINK_SECRET: two secrets share a key id; replace the newer one.');
    }
    byId.set(id, deriveKeys(secret, use));
  }
  return { newest: linkKeyId(secrets[0] ?? ''), byId };
}

export function linkKeyId(secret: string): string {
  return createHash('sha256').update(`key id\0${secret}`).digest('base64url').slice(0, 1);
}

/** 33 characters: key id ‖ base64url(id[8] ‖ HMAC-SHA256[16]); the id consists of issue and subscriber. */
export function signVote(keys: LinkKeys, ballot: Ballot, keyId = keys.newest): string {
  return signId(keys, 'vote', keyId, ballot.issue_id, ballot.subscriber_id);
}

/** Who confirms, and which address: `address_change` is the id of the reader's last address change, 0 for the address of the sign-up. */
export interface ConfirmLink {
  subscriber_id: number;
  address_change: number;
}

/** Like `signSubscriber`, but without effect once the reader's address has changed. */
export function signConfirmation(keys: LinkKeys, link: ConfirmLink): string {
  return signId(keys, 'confirm', keys.newest, link.address_change % 2 ** 24, link.subscriber_id);
}

/** Undefined as with `verifyVoteToken`; `address_change` is modulo 2 ** 24. */
export function verifyConfirmation(keys: LinkKeys, token: string): ConfirmLink | undefined {
  const id = verify(keys, 'confirm', token);
  return id && { address_change: id.readUIntBE(0, 3), subscriber_id: id.readUIntBE(3, 5) };
}

/** Like `signVote`, for links valid for every issue; for `address`, the id is that of an address change. */
export function signSubscriber(
  keys: LinkKeys,
  purpose: Exclude<LinkPurpose, 'vote'>,
  subscriberId: number,
  keyId = keys.newest,
): string {
  return signId(keys, purpose, keyId, Math.floor(subscriberId / 2 ** 40), subscriberId % 2 ** 40);
}

/** Undefined if malformed, forged, signed for another purpose or with a secret no longer configured. */
export function verifyVoteToken(keys: LinkKeys, token: string): Ballot | undefined {
  const id = verify(keys, 'vote', token);
  return id && { issue_id: id.readUIntBE(0, 3), subscriber_id: id.readUIntBE(3, 5) };
}

export function verifySubscriberToken(
  keys: LinkKeys,
  purpose: Exclude<LinkPurpose, 'vote'>,
  token: string,
): number | undefined {
  const id = verify(keys, purpose, token);
  return id && Number(id.readBigUInt64BE());
}

/** One rendering of a page: when, and for which vote link, such as "harborlight/ship"; empty for any other page. */
export interface PageRendering {
  rendered_at: Date;
  link: string;
}

/** The signed time, in milliseconds, at which a page was rendered for a reader; embedded in the page's forms. */
export function signPage(keys: LinkKeys, ballot: Ballot, renderedAt: Date, link = ''): string {
  const time = renderedAt.getTime();
  return `${time.toString(36)}.${link && `${link}.`}${pageSignature(keys, keys.newest, ballot, time, link)}`;
}

/** Undefined if malformed, forged, or signed for another reader or issue. */
export function verifyPageSignature(
  keys: LinkKeys,
  ballot: Ballot,
  value: string,
): PageRendering | undefined {
  const [, digits = '', link = '', signature = ''] = SIGNED_PAGE.exec(value) ?? [];
  const time = Number.parseInt(digits, 36);
  const isValid = [...keys.byId.keys()].some((id) =>
    isSameText(pageSignature(keys, id, ballot, time, link), signature),
  );
  return isValid ? { rendered_at: new Date(time), link } : undefined;
}

/** Compares in constant time; empty texts are never the same. */
function isSameText(one: string, other: string): boolean {
  return one !== '' && one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

function pageSignature(
  keys: LinkKeys,
  keyId: string,
  { issue_id, subscriber_id }: Ballot,
  time: number,
  link: string,
): string {
  const key = keys.byId.get(keyId)?.page;
  const signed = [issue_id, subscriber_id, time, ...(link ? [link] : [])].join(' ');
  return key ? createHmac('sha256', key).update(signed).digest('base64url').slice(0, 22) : '';
}

function deriveKeys(secret: string, use: LinkUse): Record<LinkPurpose, KeyObject> {
  const derive = (purpose: LinkPurpose) =>
    createSecretKey(
      Buffer.from(
        hkdfSync('sha256', secret, 'weekly-verdicts', `${use === 'live' ? 'link' : use}:${purpose}`, 32),
      ),
    );
  return Object.fromEntries(PURPOSES.map((purpose) => [purpose, derive(purpose)])) as Record<
    LinkPurpose,
    KeyObject
  >;
}

/** Signs an id whose first three bytes are `high`, and whose other five are `low`. */
function signId(keys: LinkKeys, purpose: LinkPurpose, keyId: string, high: number, low: number): string {
  const key = keys.byId.get(keyId);
  if (!key) {
    throw new AppError(
      'refused',
      `LINK_SECRET no longer contains the secret with key id ${keyId}; add it again.`,
    );
  }
  if (!Number.isInteger(high) || !Number.isInteger(low)) {
    throw new RangeError('The ids in a link must be whole numbers');
  }
  TOKEN_BUFFER.writeUIntBE(high, 0, 3);
  TOKEN_BUFFER.writeUIntBE(low, 3, 5);
  const signature = createHmac('sha256', key[purpose]).update(ID_PART).digest('latin1');
  TOKEN_BUFFER.write(signature, ID_BYTES, SIGNATURE_BYTES, 'latin1');
  return keyId + TOKEN_BUFFER.toString('base64url');
}

function verify(keys: LinkKeys, purpose: LinkPurpose, token: string): Buffer | undefined {
  const key = keys.byId.get(token.slice(0, 1));
  if (!key || !TOKEN.test(token)) {
    return undefined;
  }
  const bytes = Buffer.from(token.slice(1), 'base64url');
  const id = bytes.subarray(0, ID_BYTES);
  return timingSafeEqual(signatureOf(key[purpose], id), bytes.subarray(ID_BYTES)) ? id : undefined;
}

function signatureOf(key: KeyObject, id: Buffer): Buffer {
  return createHmac('sha256', key).update(id).digest().subarray(0, SIGNATURE_BYTES);
}
