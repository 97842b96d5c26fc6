import type { Handler } from 'hono';
import type { Db } from '../../../database/connect.ts';
import { findMail, type StoredMail } from './_find-mail.ts';
import { MailBody, VIEWS, type View } from './_mail-body.tsx';
import { EventChip, Timestamp, mountOf, showNotFound, showPage } from './_page.tsx';

const PHONE_WIDTH = '375';

/** One mail: `?view=` is html, text or headers; `?width=375` shows the HTML at phone width. */
export function mailPage(db: Db): Handler<{ Variables: object }, '/mails/:id'> {
  return async (c) => {
    const mail = await findMail(db, c.req.param('id'));
    if (!mail) {
      return showNotFound(c);
    }
    const mount = mountOf(c);
    const url = `${mount}/mails/${mail.id}`;
    const view = readView(c.req.query('view'), mail);
    const children = (
      <article className="mail">
        <nav aria-label="Back" className="back">
          <a href={mount || '/'}>All mails</a>
        </nav>
        <h1>{mail.subject || '(no subject)'}</h1>
        <MailSummary mail={mail} />
        <Views url={url} view={view} />
        <MailBody mail={mail} view={view} url={url} isPhone={c.req.query('width') === PHONE_WIDTH} />
      </article>
    );
    return showPage(c, mail.subject, children);
  };
}

function readView(requested: string | undefined, mail: StoredMail): View {
  const defaultView = mail.html === null ? 'text' : 'html';
  return requested === 'html' || requested === 'text' || requested === 'headers' ? requested : defaultView;
}

function MailSummary({ mail }: { mail: StoredMail }) {
  return (
    <dl className="envelope">
      <dt>From</dt>
      <dd>{mail.from_address}</dd>
      <dt>To</dt>
      <dd>{mail.to_addresses.join(', ')}</dd>
      <dt>Sent</dt>
      <dd>
        <Timestamp at={mail.created_at} /> <EventChip event={mail.last_event} />
      </dd>
    </dl>
  );
}

function Views({ url, view }: { url: string; view: View }) {
  return (
    <nav aria-label="Views">
      <ul className="tabs">
        {Object.entries(VIEWS).map(([name, label]) => (
          <li key={name}>
            <a href={`${url}?view=${name}`} aria-current={name === view ? 'page' : undefined}>
              {label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
