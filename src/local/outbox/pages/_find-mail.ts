import * as z from 'zod';
import type { Db } from '../../../database/connect.ts';
import type { Row } from '../../../database/schema.ts';

export type StoredMail = Row<'outbox.mails'>;

/** Undefined for an unknown or malformed id. */
export async function findMail(db: Db, id: string): Promise<StoredMail | undefined> {
  const isId = z.uuid().safeParse(id).success;
  return isId ? db.selectFrom('outbox.mails').selectAll().where('id', '=', id).executeTakeFirst() : undefined;
}
