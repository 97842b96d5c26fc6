import type { Context } from '../context.ts';
import type { MailClass } from '../schema.ts';

/** `gone`: the reader left since this link was sent, and would have to sign up again. */
export type ConfirmationState = 'pending' | 'active' | 'gone';

export interface Confirmation {
  state: ConfirmationState;
  email: string;
  requested_at: Date;
  mail_class: MailClass;
}

/** Undefined for a subscriber who does not exist. */
export async function findConfirmation(
  { db }: Context,
  subscriberId: number,
): Promise<Confirmation | undefined> {
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
    .where('subscribers.id', '=', subscriberId)
    .executeTakeFirst();
  if (!subscriber) {
    return undefined;
  }
  const { status, ...confirmation } = subscriber;
  return { state: status === 'pending' || status === 'active' ? status : 'gone', ...confirmation };
}

/** Makes a pending reader active; anybody else stays as they are. */
export async function confirmSubscriber({ db, now }: Context, subscriberId: number): Promise<void> {
  await db
    .updateTable('subscribers')
    .set({ status: 'active', confirmed_at: now(), paused_until: null })
    .where('id', '=', subscriberId)
    .where('status', '=', 'pending')
    .execute();
}
