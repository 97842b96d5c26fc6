import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import { suppressEverybody } from '../../subscribers/leave/suppress.ts';

/**
 * Makes a copied database a separate installation that never mails the original's readers: suppresses everybody, cancels
 * issues that are not sent yet, deletes pending jobs and events for other systems, and gives its mails a different sender tag from the
 * original's.
 */
export async function isolateCopy({ db, now }: Context): Promise<{ readers: number }> {
  const at = now();
  return db.transaction().execute(async (tx) => {
    await sql`lock table pgboss.job in share row exclusive mode`.execute(tx);
    await sql`delete from pgboss.job where state in ('created', 'retry', 'active')`.execute(tx);
    await tx
      .updateTable('installation')
      .set(({ selectFrom }) => ({
        copied_as: randomBytes(9).toString('base64url'),
        last_copied_issue_id: selectFrom('issues').select(({ fn }) => fn.max('id').as('id')),
      }))
      .execute();
    await sql`
      update deliveries set status = 'cancelled', cancelled_at = ${at}, email = null, reason = 'the database was copied'
      where status in ('queued', 'submitting')`.execute(tx);
    await sql`
      update batches set status = 'cancelled', settled_at = ${at} where status in ('queued', 'submitting')`.execute(
      tx,
    );
    await tx
      .updateTable('issues')
      .set({
        status: 'cancelled',
        status_reason: 'the database was copied',
        cancelled_at: at,
        resume_at: null,
      })
      .where('status', 'in', ['draft', 'approved', 'held', 'sending', 'paused'])
      .execute();
    // Without its events none can be replayed; a worker stores the endpoints of the copy's own settings.
    await tx.deleteFrom('outgoing_events').execute();
    await tx.deleteFrom('outgoing_endpoints').execute();
    return { readers: await suppressEverybody(tx, 'copied', at) };
  });
}
