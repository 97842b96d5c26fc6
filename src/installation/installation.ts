import { createHash, createHmac } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { Db, Tx } from '../database/connect.ts';

/** Identifies this newsletter; unlike LINK_SECRET it is never rotated. */
export interface Installation {
  /** Public and stable: distinguishes our mails from those of other senders on the same Resend team. */
  id: string;
  hash_key: Buffer;
  is_demo: boolean;
  created_at: Date;
}

export async function loadInstallation(db: Db | Tx): Promise<Installation> {
  const { hash_key, demo, created_at, copied_as } = await db
    .selectFrom('installation')
    .select(['hash_key', 'demo', 'created_at', 'copied_as'])
    .executeTakeFirstOrThrow();
  const id = createHash('sha256')
    .update(hash_key)
    .update(copied_as ?? '')
    .digest('hex')
    .slice(0, 12);
  return { id, hash_key, is_demo: demo === 'loaded', created_at };
}

/** Stores the web server's URL for processes that run without PUBLIC_URL. */
export async function announcePublicUrl(db: Db, publicUrl: string): Promise<void> {
  await db.updateTable('installation').set({ public_url: publicUrl }).execute();
}

export async function findPublicUrl(db: Db): Promise<string | undefined> {
  const row = await db.selectFrom('installation').select('public_url').executeTakeFirst();
  return row?.public_url ?? undefined;
}

/** Pseudonymous key of a subscriber in casts and votes. */
export function voterKey({ hash_key }: Installation, subscriberId: number): Buffer {
  return createHmac('sha256', hash_key).update(`voter\0${subscriberId}`).digest();
}

/** Key of something that is counted without being stored: a network, a mailbox. */
export function countedKey({ hash_key }: Installation, name: string): Buffer {
  return createHmac('sha256', hash_key).update(`counted\0${name}`).digest();
}

/** The voter's key in SQL (HMAC, RFC 2104), for statements about every recipient of an issue; `subscriberId` is a bigint. */
export function voterKeySql(
  { hash_key }: Installation,
  subscriberId: RawBuilder<unknown>,
): RawBuilder<Buffer> {
  return hmacSql(
    hash_key,
    sql`${Buffer.from('voter\0')}::bytea || convert_to(${subscriberId}::text, 'UTF8')`,
  );
}

/** HMAC-SHA256 in SQL (RFC 2104); `bytes` is a bytea. */
export function hmacSql(key: Buffer, bytes: RawBuilder<unknown>): RawBuilder<Buffer> {
  const padded = (byte: number) => Buffer.alloc(64, byte).map((value, index) => value ^ (key[index] ?? 0));
  return sql`sha256(${padded(0x5c)}::bytea || sha256(${padded(0x36)}::bytea || ${bytes}))`;
}
