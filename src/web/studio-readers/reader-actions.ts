import { audited, type Change, recordAudit } from '../../audit/audit-log.ts';
import type { Row } from '../../database/schema.ts';
import { eraseReader } from '../../sending/deliveries/erase-reader.ts';
import { askToConfirmAgain } from '../../subscribers/join/sign-up.ts';
import { suppressSubscriber } from '../../subscribers/leave/suppress.ts';
import { unsubscribe } from '../../subscribers/leave/unsubscribe.ts';
import type { PageContext } from '../layout/page.tsx';
import { readField } from '../request/read-form.ts';
import { actorOf } from '../studio-shared/actor.tsx';
import { EVERYTHING, loadReader } from '../reader-data/load-reader.ts';
import { readerPage } from './reader-page.tsx';

export function unsubscribeReader(c: PageContext) {
  return withReader(c, async ({ id }, change) => {
    await change('unsubscribe', () => unsubscribe(c.get('context'), id));
    return c.redirect(`/studio/readers/${id}`, 303);
  });
}

/** No mail goes to this reader again, even after a sign-up or an import. */
export function suppressReader(c: PageContext) {
  return withReader(c, async ({ id }, change) => {
    const { db, now } = c.get('context');
    await change('suppress', () =>
      db.transaction().execute((tx) => suppressSubscriber(tx, id, 'by staff', now())),
    );
    return c.redirect(`/studio/readers/${id}`, 303);
  });
}

/** Everything that is stored about them, for their right of access (GDPR, article 15). */
export async function exportReader(c: PageContext) {
  const id = Number(c.req.param('id'));
  const history = Number.isSafeInteger(id) ? await loadReader(c.get('context'), id, EVERYTHING) : undefined;
  if (!history) {
    return c.notFound();
  }
  const change = { action: 'export a reader', request: { reader: String(id) } };
  await recordAudit(c.get('context'), actorOf(c), change);
  c.header('Content-Disposition', `attachment; filename="reader-${id}.json"`);
  const { entries: _, ...theirs } = history;
  return c.json(theirs);
}

/** The limits on confirmation mails to one address apply. */
export function sendConfirmationAgain(c: PageContext) {
  return withReader(c, async (reader, change) => {
    await change('send the confirmation again', () => askToConfirmAgain(c.get('context'), reader));
    return c.redirect(`/studio/readers/${reader.id}`, 303);
  });
}

/** Erases a reader once their address has been typed: it cannot be taken back. */
export function eraseReaderAction(c: PageContext) {
  return withReader(c, async ({ email }, change) => {
    if ((await readField(c, 'address')).toLowerCase() !== email.toLowerCase()) {
      return readerPage(c, 'That is not their address. Nothing was erased.');
    }
    await change('erase', () => eraseReader(c.get('context'), email));
    return c.redirect('/studio/readers?erased', 303);
  });
}

type RecordedChange = (action: string, act: () => Promise<unknown>) => Promise<unknown>;

/** Finds the reader of the path; a change is recorded under their number, never their address. */
async function withReader(
  c: PageContext,
  run: (subscriber: Row<'subscribers'>, change: RecordedChange) => Promise<Response>,
): Promise<Response> {
  const context = c.get('context');
  const id = Number(c.req.param('id'));
  const find = () => context.db.selectFrom('subscribers').selectAll().where('id', '=', id).executeTakeFirst();
  const subscriber = Number.isSafeInteger(id) ? await find() : undefined;
  if (!subscriber) {
    return c.notFound();
  }
  const why = await readField(c, 'why', 200);
  const readState = async () => ({ status: (await find())?.status ?? 'erased' });
  return run(subscriber, (action, change) => {
    const entry: Change = { action, request: { reader: String(id), ...(why ? { why } : {}) } };
    return audited(context, actorOf(c), entry, readState, change);
  });
}
