import { createHash, createHmac } from 'node:crypto';
import type { Db, Tx } from './connect.ts';

/** What makes this database's newsletter distinct from any other; outlives every LINK_SECRET. */
export interface Installation {
  /** Public and stable: tells our mails from those of other senders on the same Resend team. */
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

/** A process that listens leaves its address here, for those beside it that were not told PUBLIC_URL. */
export async function announcePublicUrl(db: Db, publicUrl: string): Promise<void> {
  await db.updateTable('installation').set({ public_url: publicUrl }).execute();
}

export async function findPublicUrl(db: Db): Promise<string | undefined> {
  const row = await db.selectFrom('installation').select('public_url').executeTakeFirst();
  return row?.public_url ?? undefined;
}

/** Stands for a subscriber in the votes of one issue, without naming anybody. */
export function voterKey({ hash_key }: Installation, subscriberId: number): Buffer {
  return createHmac('sha256', hash_key).update(`voter\0${subscriberId}`).digest();
}
