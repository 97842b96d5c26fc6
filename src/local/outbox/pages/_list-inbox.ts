import { sql } from 'kysely';
import type { Db } from '../../../database/connect.ts';
import type { Row } from '../../../database/schema.ts';

const PAGE_SIZE = 50;

export type InboxMail = Pick<
  Row<'outbox.mails'>,
  'id' | 'sequence' | 'to_addresses' | 'subject' | 'last_event' | 'created_at'
>;

export interface InboxQuery {
  /** Part of the reader's address; empty for every reader. */
  reader: string;
  /** Only mails with a lower sequence than this. */
  before: number | undefined;
}

/** One page of mails, newest first, and the cursor of the next page. */
export async function listInbox(db: Db, { reader, before }: InboxQuery) {
  let query = db
    .selectFrom('outbox.mails')
    .select(['id', 'sequence', 'to_addresses', 'subject', 'last_event', 'created_at'])
    .orderBy('sequence', 'desc')
    .limit(PAGE_SIZE + 1);
  if (reader) {
    query = query.where(isToReader(reader));
  }
  if (before !== undefined) {
    query = query.where('sequence', '<', before);
  }
  const mails: InboxMail[] = await query.execute();
  const shown = mails.slice(0, PAGE_SIZE);
  return { mails: shown, older: mails.length > PAGE_SIZE ? shown.at(-1)?.sequence : undefined };
}

/** Number of mails by last event, most frequent first. */
export function countByEvent(db: Db, reader: string) {
  let query = db
    .selectFrom('outbox.mails')
    .select(['last_event', (select) => select.fn.countAll<number>().as('mails')])
    .groupBy('last_event')
    .orderBy('mails', 'desc');
  if (reader) {
    query = query.where(isToReader(reader));
  }
  return query.execute();
}

function isToReader(reader: string) {
  return sql<boolean>`strpos(lower(array_to_string(to_addresses, ' ') collate "C"), ${reader.toLowerCase()}) > 0`;
}
