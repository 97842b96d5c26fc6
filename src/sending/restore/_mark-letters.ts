import { type RawBuilder, sql } from 'kysely';
import { addressKey } from '../../database/address-key.ts';
import type { Tx } from '../../database/connect.ts';
import { monthOfDigest } from '../../subscribers/preferences/digest-recipients.ts';
import { suppressSubscriber } from '../../subscribers/leave/suppress.ts';
import type { ListedLetter } from './_list-mails.ts';

/**
 * Records that readers have received letters of one kind that would otherwise be sent again when next due: digests,
 * reminders, "still want this" and goodbyes (which suppress readers who have not engaged since). Returns how many were
 * not on record.
 */
export async function markLetters(tx: Tx, kind: string, letters: readonly ListedLetter[]): Promise<number> {
  await deleteJobs(tx, kind, letters);
  return recordLetters(tx, kind, letters);
}

/**
 * Deletes jobs that were queued when the backup was made: their letters have gone out since, but would be reported as
 * lost.
 */
async function deleteJobs(tx: Tx, kind: string, letters: readonly ListedLetter[]): Promise<void> {
  const month = monthOfDigest(kind);
  const [queue, id] =
    month === undefined
      ? ['send-letter', sql`data ->> 'kind' = ${kind} and data ->> 'id'`]
      : ['send-digest-copy', sql`data ->> 'month' = ${month} and data ->> 'subscriber_id'`];
  const [table, address] = ADDRESSEES[kind] ?? ['subscribers', 'email'];
  await sql`
    delete from pgboss.job
    where name = ${queue} and state < 'completed' and ${id} in (
      select addressee.id::text from unnest(${letters.map(({ email }) => email.toLowerCase())}::text[]) as listed (email)
      join ${sql.table(table)} as addressee on ${addressKey(sql.ref(`addressee.${address}`))} = listed.email)`.execute(
    tx,
  );
}

/** Letters whose jobs have the id of a change of address, and which of its addresses they go to. */
const ADDRESSEES: Partial<Record<string, [table: string, column: string]>> = {
  'new-address': ['address_changes', 'email'],
  'address-changed': ['address_changes', 'replaced'],
};

async function recordLetters(tx: Tx, kind: string, letters: readonly ListedLetter[]): Promise<number> {
  const listed: RawBuilder<unknown> = sql`(
    select lower(email) as email, max(at) as at from unnest(
      ${letters.map(({ email }) => email)}::text[], ${letters.map(({ created_at }) => created_at)}::timestamptz[]
    ) as mail (email, at) group by lower(email)) as listed`;
  const isListed = sql`${addressKey(sql`subscribers.email`)} = listed.email`;
  const month = monthOfDigest(kind);
  if (month !== undefined) {
    const { numAffectedRows } = await sql`
      update subscribers set digest_month = ${month}, digest_order = null from ${listed}
      where ${isListed} and coalesce(digest_month < ${month}, true)`.execute(tx);
    return Number(numAffectedRows);
  }
  if (kind === 'reminder') {
    const { numAffectedRows } = await sql`
      update subscribers set reminded_at = at from ${listed}
      where ${isListed} and status = 'pending' and reminded_at is null and requested_at < at`.execute(tx);
    return Number(numAffectedRows);
  }
  if (kind === 'still-want-this') {
    const { numAffectedRows } = await sql`
      update subscribers set still_asked_at = at from ${listed}
      where ${isListed} and status = 'active' and still_asked_at is null
        and greatest(engaged_at, confirmed_at) < at`.execute(tx);
    return Number(numAffectedRows);
  }
  return kind === 'goodbye' ? suppressListed(tx, listed, isListed) : 0;
}

async function suppressListed(
  tx: Tx,
  listed: RawBuilder<unknown>,
  isListed: RawBuilder<unknown>,
): Promise<number> {
  const { rows } = await sql<{ id: number; at: Date }>`
    select subscribers.id, at from subscribers join ${listed} on ${isListed}
    where status = 'active' and greatest(engaged_at, confirmed_at) < at
    order by subscribers.id for update of subscribers`.execute(tx);
  for (const { id, at } of rows) {
    await suppressSubscriber(tx, id, 'inactive', at);
  }
  return rows.length;
}
