import type { Handler } from 'hono';
import { countOf } from '../../../count-of.ts';
import type { Db } from '../../../database/connect.ts';
import { countByEvent, listInbox } from './_list-inbox.ts';
import { MailList } from './_mail-list.tsx';
import { mountOf, showPage } from './_page.tsx';

/** Every mail, newest first. Searches by part of a reader's address use POST, so that no address appears in a URL. */
export function inboxPage(db: Db): Handler {
  return async (c) => {
    const mount = mountOf(c);
    const form = c.req.method === 'POST' ? await c.req.parseBody() : c.req.query();
    const reader = c.req.method === 'POST' ? readText(form.q).trim() : '';
    const page = readText(form.before);
    const before = /^\d{1,15}$/.test(page) ? Number(page) : undefined;
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

function readText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function Search({ mount, reader }: { mount: string; reader: string }) {
  return (
    <search>
      <form method="post" action={mount || '/'} className="search">
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
      <strong>{countOf(total, 'mail')}</strong>
      {reader ? <span>to addresses containing “{reader}”</span> : null}
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
  return isFirst && older === undefined ? null : (
    <nav aria-label="Pages" className="pager">
      {isFirst ? null : <PageLink mount={mount} reader={reader} label="Newest" />}
      {older === undefined ? null : <PageLink mount={mount} reader={reader} label="Older" before={older} />}
    </nav>
  );
}

function PageLink({
  mount,
  reader,
  label,
  before,
}: {
  mount: string;
  reader: string;
  label: string;
  before?: number;
}) {
  const path = mount || '/';
  return reader ? (
    <form method="post" action={path}>
      <input type="hidden" name="q" value={reader} />
      {before === undefined ? null : <input type="hidden" name="before" value={before} />}
      <button type="submit" className="plain">
        {label}
      </button>
    </form>
  ) : (
    <a href={before === undefined ? path : `${path}?before=${before}`}>{label}</a>
  );
}
