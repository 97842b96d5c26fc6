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

/** Who a vote link speaks for: one subscriber in one issue. */
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
/** Written anew for every token, several for each mail: memory of its own for each would be most of what sending uses. */
const SIGNED = Buffer.alloc(ID_BYTES + SIGNATURE_BYTES);
const ID = SIGNED.subarray(0, ID_BYTES);
const PAGE = /^([0-9a-z]{1,9})\.([A-Za-z0-9_-]{22})$/;
const TOKEN = /^[A-Za-z0-9_-]{33}$/;

/**
 * Keys per purpose from the configured secrets, newest first (HKDF, RFC 5869). A key's id is one character of its
 * secret's hash, so that secrets can be added and dropped without renumbering; two of the same id are refused.
 */
export function deriveLinkKeys(secrets: readonly string[]): LinkKeys {
  const byId = new Map<string, Record<LinkPurpose, KeyObject>>();
  for (const secret of secrets) {
    const id = linkKeyId(secret);
    if (byId.has(id)) {
      throw new AppError('invalid_input', 'LINK_SECRET: two secrets share a key id; replace the newer one.');
    }
    byId.set(id, keysOf(secret));
  }
  return { newest: linkKeyId(secrets[0] ?? ''), byId };
}

export function linkKeyId(secret: string): string {
  return createHash('sha256').update(`key id\0${secret}`).digest('base64url').slice(0, 1);
}

/** A token of 33 characters: key id ‖ base64url(id[8] ‖ HMAC-SHA256[16]). The vote token names issue and subscriber. */
export function signVote(keys: LinkKeys, ballot: Ballot, keyId = keys.newest): string {
  ID.writeUIntBE(ballot.issue_id, 0, 3);
  ID.writeUIntBE(ballot.subscriber_id, 3, 5);
  return signId(keys, 'vote', keyId);
}

/** As `signVote`, for the links that name a subscriber and stay good for every issue; `address` names a change. */
export function signSubscriber(
  keys: LinkKeys,
  purpose: Exclude<LinkPurpose, 'vote'>,
  subscriberId: number,
  keyId = keys.newest,
): string {
  ID.writeBigUInt64BE(BigInt(subscriberId));
  return signId(keys, purpose, keyId);
}

/** Undefined for anything malformed, forged, of another purpose or of a secret no longer configured. */
export function readVote(keys: LinkKeys, token: string): Ballot | undefined {
  const id = verify(keys, 'vote', token);
  return id && { issue_id: id.readUIntBE(0, 3), subscriber_id: id.readUIntBE(3, 5) };
}

export function readSubscriber(
  keys: LinkKeys,
  purpose: Exclude<LinkPurpose, 'vote'>,
  token: string,
): number | undefined {
  const id = verify(keys, purpose, token);
  return id && Number(id.readBigUInt64BE());
}

/** When a page was rendered for a reader, to the millisecond, signed: it goes into the page's forms. */
export function signPage(keys: LinkKeys, { issue_id, subscriber_id }: Ballot, renderedAt: Date): string {
  const time = renderedAt.getTime();
  return `${time.toString(36)}.${pageSignature(keys, keys.newest, issue_id, subscriber_id, time)}`;
}

/** Undefined for anything malformed, forged, or signed for another reader or issue. */
export function readPage(
  keys: LinkKeys,
  { issue_id, subscriber_id }: Ballot,
  value: string,
): Date | undefined {
  const [, digits = '', signature = ''] = PAGE.exec(value) ?? [];
  const time = Number.parseInt(digits, 36);
  const isGood = [...keys.byId.keys()].some(
    (id) => signature !== '' && pageSignature(keys, id, issue_id, subscriber_id, time) === signature,
  );
  return isGood ? new Date(time) : undefined;
}

function pageSignature(
  keys: LinkKeys,
  keyId: string,
  issueId: number,
  subscriberId: number,
  time: number,
): string {
  const key = keys.byId.get(keyId)?.page;
  return key
    ? createHmac('sha256', key).update(`${issueId} ${subscriberId} ${time}`).digest('base64url').slice(0, 22)
    : '';
}

function keysOf(secret: string): Record<LinkPurpose, KeyObject> {
  const derive = (purpose: LinkPurpose) =>
    createSecretKey(Buffer.from(hkdfSync('sha256', secret, 'weekly-verdicts', `link:${purpose}`, 32)));
  return Object.fromEntries(PURPOSES.map((purpose) => [purpose, derive(purpose)])) as Record<
    LinkPurpose,
    KeyObject
  >;
}

/** Signs what stands in ID. */
function signId(keys: LinkKeys, purpose: LinkPurpose, keyId: string): string {
  const key = keys.byId.get(keyId);
  if (!key) {
    throw new AppError(
      'refused',
      `LINK_SECRET no longer holds the secret with key id ${keyId}; put it back.`,
    );
  }
  const signature = createHmac('sha256', key[purpose]).update(ID).digest('latin1');
  SIGNED.write(signature, ID_BYTES, SIGNATURE_BYTES, 'latin1');
  return keyId + SIGNED.toString('base64url');
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
