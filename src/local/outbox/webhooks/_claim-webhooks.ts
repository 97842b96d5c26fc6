import type { Row } from '../../../database/schema.ts';
import type { OutboxContext } from '../store/context.ts';

export type Webhook = Row<'outbox.webhooks'>;

const MAX_CLAIMED = 80;
/**
 * Longer than posting MAX_CLAIMED webhooks can take. After a crash, the claimed webhooks are due again when it expires.
 */
const LEASE_MS = 120_000;

/** Leases due webhooks, so that no other process posts them at the same time. */
export function claimWebhooks({ db, now }: OutboxContext): Promise<Webhook[]> {
  const time = now();
  return db
    .with('due', (with_) =>
      with_
        .selectFrom('outbox.webhooks')
        .select('svix_id as due_id')
        .where('due_at', '<=', time)
        .orderBy('due_at')
        .orderBy('mail_id')
        .orderBy('position')
        .limit(MAX_CLAIMED)
        .forUpdate()
        .skipLocked(),
    )
    .updateTable('outbox.webhooks')
    .from('due')
    .set({ due_at: new Date(time.getTime() + LEASE_MS) })
    .whereRef('outbox.webhooks.svix_id', '=', 'due.due_id')
    .returningAll('outbox.webhooks')
    .execute();
}
