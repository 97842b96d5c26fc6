import type { Context } from '../../context.ts';
import type { NetworkAddress } from '../../network/network-address.ts';
import type { ConfirmLink } from '../../links/tokens.ts';
import { enqueue } from '../../queue/queue.ts';
import type { MailClass } from '../../database/schema.ts';
import { recordConsentSource } from './consent-record.ts';
import { recordOrigins } from './record-origins.ts';

/**
 * `gone`: the reader has left since this link was sent and would have to sign up again; `moved`: they have changed
 * their address since, so a link sent to the old one proves nothing about the new one.
 */
export type ConfirmationState = 'pending' | 'active' | 'gone' | 'moved';

export interface Confirmation {
  state: ConfirmationState;
  email: string;
  requested_at: Date;
  mail_class: MailClass;
}

/** The confirmation link for this reader and their current address. */
export async function findConfirmLink(
  { db }: Pick<Context, 'db'>,
  subscriber_id: number,
): Promise<ConfirmLink> {
  const { address_change } = await db
    .selectFrom('address_changes')
    .select(({ fn, lit }) => fn.coalesce(fn.max('id'), lit(0)).as('address_change'))
    .where('subscriber_id', '=', subscriber_id)
    .where('confirmed_at', 'is not', null)
    .executeTakeFirstOrThrow();
  return { subscriber_id, address_change };
}

/** Undefined for a subscriber who does not exist. */
export async function findConfirmation(
  context: Pick<Context, 'db'>,
  link: ConfirmLink,
): Promise<Confirmation | undefined> {
  const { db } = context;
  const subscriber = await db
    .selectFrom('subscribers')
    .leftJoin('mail_domains', 'mail_domains.domain', 'subscribers.domain')
    .leftJoin('learned_classes as by_domain', (join) =>
      join.on('by_domain.scope', '=', 'domain').onRef('by_domain.name', '=', 'subscribers.domain'),
    )
    .leftJoin('learned_classes as by_host', (join) =>
      join.on('by_host.scope', '=', 'mail host').onRef('by_host.name', '=', 'mail_domains.mail_host'),
    )
    .select(['status', 'email', 'requested_at'])
    .select(({ fn, ref, val }) =>
      fn
        .coalesce(ref('by_domain.class'), ref('by_host.class'), ref('known_class'), val('unknown'))
        .$castTo<MailClass>()
        .as('mail_class'),
    )
    .where('subscribers.id', '=', link.subscriber_id)
    .executeTakeFirst();
  if (!subscriber) {
    return undefined;
  }
  const { status, ...confirmation } = subscriber;
  const { address_change } = await findConfirmLink(context, link.subscriber_id);
  if (address_change % 2 ** 24 !== link.address_change) {
    return { ...confirmation, state: 'moved', email: '' };
  }
  return { state: status === 'pending' || status === 'active' ? status : 'gone', ...confirmation };
}

/** Activates a pending reader and enqueues their welcome letter; any other reader is left unchanged. */
export async function confirmSubscriber(
  context: Context,
  subscriberId: number,
  { by, source }: { by: 'button' | 'tap'; source: NetworkAddress | undefined },
): Promise<void> {
  const { boss, db, metrics, now } = context;
  const at = now();
  const isConfirmed = await db.transaction().execute(async (tx) => {
    const confirmed = await tx
      .updateTable('subscribers')
      .set({ status: 'active', confirmed_at: at, confirmed_by: by, paused_until: null, still_asked_at: null })
      .where('id', '=', subscriberId)
      .where('status', '=', 'pending')
      .returning(['email', 'domain'])
      .executeTakeFirst();
    if (confirmed) {
      await recordOrigins(context, tx, { subscriber_id: subscriberId, ...confirmed, at, source });
      await recordConsentSource(tx, { subscriber_id: subscriberId, event: 'confirmation', at }, source);
      const data = { kind: 'welcome' as const, id: subscriberId, at: at.toISOString() };
      await enqueue(boss, tx, 'send-letter', [{ key: `welcome ${subscriberId}`, data, priority: 1 }]);
    }
    return confirmed !== undefined;
  });
  if (isConfirmed) {
    metrics.count('sign_ups', 'confirmed');
  }
}
