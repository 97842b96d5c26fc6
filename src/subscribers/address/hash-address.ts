import { createHmac } from 'node:crypto';
import type { Db, Tx } from '../../database/connect.ts';
import { type Installation, loadInstallation } from '../../database/installation.ts';

/** Identifies an address on the suppression list without storing it: an HMAC-SHA256 with this installation's key. */
export async function hashAddress(db: Db | Tx, email: string): Promise<Buffer> {
  return hashAddressWith(await loadInstallation(db), email);
}

export function hashAddressWith({ hash_key }: Pick<Installation, 'hash_key'>, email: string): Buffer {
  return createHmac('sha256', hash_key).update(email.toLowerCase()).digest();
}
