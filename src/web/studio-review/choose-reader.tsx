import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import { getsEveryIssue } from '../../subscribers/preferences/update-preferences.ts';
import { findByAddress, searchAddresses } from '../../subscribers/address/find-by-address.ts';
import { type PageContext, showPage } from '../layout/page.tsx';
import { readField } from '../request/read-form.ts';

const MAX_MATCHES = 20;

/** Finds readers by part of their address. Uses POST, so that no address appears in a URL. */
export async function chooseReader(c: PageContext) {
  const { db } = c.get('context');
  const week = c.req.param('week') ?? '';
  const email = await readField(c, 'email');
  const exact = await findByAddress(db, email);
  if (exact) {
    return c.redirect(`/studio/issues/${week}?reader=${exact.id}#mail`, 303);
  }
  const matches = email.length < 2 ? [] : await searchAddresses(db, email, MAX_MATCHES);
  const children = (
    <div className="sheet narrow">
      <h1>{matches.length === 0 ? 'No reader has that address' : 'Which reader?'}</h1>
      <ul className="plain">
        {matches.map(({ id, email: address, status }) => (
          <li key={id}>
            <a href={`/studio/issues/${week}?reader=${id}#mail`}>{address}</a>{' '}
            <span className="quiet">{status}</span>
          </li>
        ))}
      </ul>
      {matches.length === MAX_MATCHES ? <p>There are more: type more of the address.</p> : null}
      <p>
        <a href={`/studio/issues/${week}#mail`}>Back to the issue</a>
      </p>
    </div>
  );
  return showPage(c, { title: 'Which reader?', children }, matches.length === 0 ? 404 : 200);
}

/** The reader with this id or, if there is none, the first who gets every issue, preferably the whole of it; 0 without any. */
export async function findReader({ db }: Context, id: string | undefined): Promise<number> {
  const readers = db.selectFrom('subscribers').select('id').orderBy('id').limit(1);
  const requestedId = Number(id);
  const requested =
    Number.isSafeInteger(requestedId) && requestedId > 0
      ? await readers.where('id', '=', requestedId).executeTakeFirst()
      : undefined;
  const whole = readers.where('categories', '=', sql<string[]>`'{}'`).where('frequency', '=', 'weekly');
  const reader =
    requested ??
    (await whole.where(getsEveryIssue()).executeTakeFirst()) ??
    (await readers.where(getsEveryIssue()).executeTakeFirst());
  return reader?.id ?? 0;
}
