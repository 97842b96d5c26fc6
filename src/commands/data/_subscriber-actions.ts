import { eraseReader } from '../../sending/deliveries/erase-reader.ts';
import { getByAddress } from '../../subscribers/address/find-by-address.ts';
import { addSubscriber } from '../../subscribers/join/add.ts';
import { readInstant } from '../../subscribers/join/consent.ts';
import { suppressSubscriber } from '../../subscribers/leave/suppress.ts';
import { unsubscribe } from '../../subscribers/leave/unsubscribe.ts';
import { getSubscriberRecord } from '../../subscribers/preferences/load-subscriber.ts';
import { recordCommand } from '../shared/audited-change.ts';
import { type Options, type CommandResult } from '../shared/command.ts';
import { table } from '../shared/table.ts';
import type { Session } from '../shared/session.ts';

export async function add(
  { context }: Session,
  options: Options,
  [email = '']: string[],
): Promise<CommandResult> {
  const now = context.now();
  const confirmed_at = typeof options.confirmed === 'string' ? readInstant(options.confirmed) : now;
  const result = await addSubscriber(
    context.db,
    { email, consent_source: String(options.source), confirmed_at },
    now,
  );
  await recordCommand(context, 'add a reader', { result });
  return {
    json: { result },
    text: result === 'unchanged' ? 'This address already belongs to a subscriber.' : 'Added.',
  };
}

export async function show({ context }: Session, _: Options, [email = '']: string[]): Promise<CommandResult> {
  const subscriber = await getSubscriberRecord(context.db, email);
  const { deliveries, address_changes, consent_sources, past_consents, origins, ...facts } = subscriber;
  const rows = Object.entries(facts).map(([name, value]) => [name, describe(value)]);
  const addressChanges = address_changes.map(({ email, requested_at, confirmed_at }) => [
    'requested address change',
    `${describe(requested_at)} ${email}${confirmed_at ? ', confirmed' : ''}`,
  ]);
  const consents = [
    ...consent_sources.map(({ event, at, address }) => [`${event} from`, `${describe(at)} ${address}`]),
    ...past_consents.map(({ consent, ended_at }) => [
      'earlier consent',
      `${consent.consent_source}, confirmed ${consent.confirmed_at}, ended ${describe(ended_at)}`,
    ]),
    ...origins.map(({ kind, joined_at }) => [`hash of the ${kind}`, describe(joined_at)]),
  ];
  const sent = deliveries.map(({ week, status, reason }) => [week, status, reason ?? '']);
  return {
    json: subscriber,
    text: [
      table([...rows, ...consents, ...addressChanges]),
      '',
      sent.length > 0 ? table(sent) : 'No issues yet.',
    ].join('\n'),
  };
}

/** Unsubscribes a reader who asked staff to do it; takes effect at once. */
export async function unsubscribeReader(
  { context }: Session,
  { why }: Options,
  [email = '']: string[],
): Promise<CommandResult> {
  const { id } = await getByAddress(context.db, email);
  await unsubscribe(context, id);
  return reportStatus(context, 'unsubscribe', id, String(why));
}

/** For an address that must never get mail again, whatever its owner says; this cannot be undone. */
export async function suppressReader(
  { context }: Session,
  { why }: Options,
  [email = '']: string[],
): Promise<CommandResult> {
  const { db, now } = context;
  const { id } = await getByAddress(db, email);
  await db.transaction().execute((tx) => suppressSubscriber(tx, id, 'by staff', now()));
  return reportStatus(context, 'suppress', id, String(why));
}

async function reportStatus(
  context: Session['context'],
  action: string,
  id: number,
  why: string,
): Promise<CommandResult> {
  const { status } = await context.db
    .selectFrom('subscribers')
    .select('status')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  await recordCommand(context, action, { reader: String(id), status, why });
  return { json: { reader: id, status }, text: `The reader is ${status}: nothing more is sent to them.` };
}

export async function forget(
  { context }: Session,
  _: Options,
  [email = '']: string[],
): Promise<CommandResult> {
  const { id } = await eraseReader(context, email);
  await recordCommand(context, 'erase', { reader: String(id) });
  return { json: { forgotten: 1 }, text: 'Erased.' };
}

function describe(value: string | number | boolean | Date | string[] | null): string {
  if (value instanceof Date) {
    return value.toISOString();
  }
  return Array.isArray(value) ? value.join(', ') : (value?.toString() ?? '—');
}
