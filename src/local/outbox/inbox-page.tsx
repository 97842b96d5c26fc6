import type { Handler } from 'hono';
import type { Db } from '../../database.ts';
import { countByEvent, listInbox } from './list-inbox.ts';
import { MailList } from './mail-list.tsx';
import { mountOf, showPage } from './page.tsx';

/** Every mail, newest first; `?q=` is a part of a reader's address, `?before=` where a page begins. */
export function inboxPage(db: Db): Handler {
  return async (c) => {
    const mount = mountOf(c);
    const reader = (c.req.query('q') ?? '').trim();
    const before = /^\d{1,15}$/.test(c.req.query('before') ?? '') ? Number(c.req.query('before')) : undefined;
    const [{ mails, older }, counts] = await Promise.all([
      listInbox(db, { reader, before }),
      countByEvent(db, reader),
    ]);
    const children = (
      <>
        <h1>Mails</h1>
        <Search mount={mount} reader={reader} />
        <Counts counts={counts} reader={reader} />
        <MailList mount={mount} mails={mails} reader={reader} />
        <Pager mount={mount} reader={reader} older={older} isFirst={before === undefined} />
      </>
    );
    return showPage(c, reader ? `Mails to ${reader}` : 'Mails', children);
  };
}

function Search({ mount, reader }: { mount: string; reader: string }) {
  return (
    <search>
      <form action={mount || '/'} className="search">
        <label htmlFor="q">Find a reader</label>
        <div className="row">
          <input
            id="q"
            name="q"
            type="search"
            defaultValue={reader}
            placeholder="Part of an address"
            autoComplete="off"
          />
          <button type="submit">Search</button>
          {reader ? <a href={mount || '/'}>Show all</a> : null}
        </div>
      </form>
    </search>
  );
}

function Counts({ counts, reader }: { counts: { last_event: string; mails: number }[]; reader: string }) {
  const total = counts.reduce((sum, { mails }) => sum + mails, 0);
  return (
    <p className="counts">
      <strong>{total === 1 ? '1 mail' : `${total.toLocaleString('en')} mails`}</strong>
      {reader ? <span>to addresses with “{reader}”</span> : null}
      {counts.map(({ last_event, mails }) => (
        <span key={last_event}>
          {mails.toLocaleString('en')} {last_event}
        </span>
      ))}
    </p>
  );
}

function Pager({
  mount,
  reader,
  older,
  isFirst,
}: {
  mount: string;
  reader: string;
  older: number | undefined;
  isFirst: boolean;
}) {
  const search = reader ? { q: reader } : {};
  const newest = new URLSearchParams(search).toString();
  return isFirst && older === undefined ? null : (
    <nav aria-label="Pages" className="pager">
      {isFirst ? null : <a href={`${mount || '/'}${newest ? `?${newest}` : ''}`}>Newest</a>}
      {older === undefined ? null : (
        <a href={`${mount || '/'}?${new URLSearchParams({ ...search, before: String(older) }).toString()}`}>
          Older
        </a>
      )}
    </nav>
  );
}
