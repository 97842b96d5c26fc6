import { createHmac } from 'node:crypto';
import type { Db, Tx } from '../../database/connect.ts';
import { type RawBuilder, sql } from 'kysely';
import { hmacSql, type Installation, loadInstallation } from '../../installation/installation.ts';

/** Identifies an address on the suppression list without storing it: an HMAC-SHA256 with this installation's key. */
export async function hashAddress(db: Db | Tx, email: string): Promise<Buffer> {
  const { hash_key } = await loadInstallation(db);
  return createHmac('sha256', hash_key).update(email.toLowerCase()).digest();
}

/** `hashAddress` in SQL. */
export function addressHashOf({ hash_key }: Installation, email: RawBuilder<unknown>): RawBuilder<Buffer> {
  return hmacSql(hash_key, sql`convert_to(lower(${email} collate "C"), 'UTF8')`);
}
