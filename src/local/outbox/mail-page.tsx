import type { Handler } from 'hono';
import type { Db } from '../../database.ts';
import type { Row } from '../../schema.ts';
import { findMail } from './find-mail.ts';
import { EventChip, Moment, mountOf, showNotFound, showPage } from './page.tsx';
import { messageIdOf } from './webhook-payload.ts';

type Mail = Row<'outbox.mails'>;

const VIEWS = { html: 'HTML', text: 'Text', headers: 'Headers' };
type View = keyof typeof VIEWS;

const PHONE_WIDTH = '375';
const SANDBOX = 'allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation';

/** One mail: `?view=` is html, text or headers, `?width=375` shows the HTML as a phone does. */
export function mailPage(db: Db): Handler<{ Variables: object }, '/mails/:id'> {
  return async (c) => {
    const mail = await findMail(db, c.req.param('id'));
    if (!mail) {
      return showNotFound(c);
    }
    const mount = mountOf(c);
    const address = `${mount}/mails/${mail.id}`;
    const view = readView(c.req.query('view'), mail);
    const children = (
      <article className="mail">
        <nav aria-label="Back" className="back">
          <a href={mount || '/'}>All mails</a>
        </nav>
        <h1>{mail.subject || '(no subject)'}</h1>
        <Envelope mail={mail} />
        <Views address={address} view={view} />
        <Body mail={mail} view={view} address={address} isPhone={c.req.query('width') === PHONE_WIDTH} />
      </article>
    );
    return showPage(c, mail.subject, children);
  };
}

function readView(asked: string | undefined, mail: Mail): View {
  const natural = mail.html === null ? 'text' : 'html';
  return asked === 'html' || asked === 'text' || asked === 'headers' ? asked : natural;
}

function Envelope({ mail }: { mail: Mail }) {
  return (
    <dl className="envelope">
      <dt>From</dt>
      <dd>{mail.from_address}</dd>
      <dt>To</dt>
      <dd>{mail.to_addresses.join(', ')}</dd>
      <dt>Sent</dt>
      <dd>
        <Moment at={mail.created_at} /> <EventChip event={mail.last_event} />
      </dd>
    </dl>
  );
}

function Views({ address, view }: { address: string; view: View }) {
  return (
    <nav aria-label="Views">
      <ul className="tabs">
        {Object.entries(VIEWS).map(([name, label]) => (
          <li key={name}>
            <a href={`${address}?view=${name}`} aria-current={name === view ? 'page' : undefined}>
              {label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Body({
  mail,
  view,
  address,
  isPhone,
}: {
  mail: Mail;
  view: View;
  address: string;
  isPhone: boolean;
}) {
  if (view === 'headers') {
    return <Headers mail={mail} />;
  }
  if (view === 'text') {
    return mail.text ? (
      <pre className="text">{mail.text}</pre>
    ) : (
      <p className="empty">This mail has no text part.</p>
    );
  }
  return mail.html === null ? (
    <p className="empty">This mail has no HTML part.</p>
  ) : (
    <HtmlView address={address} isPhone={isPhone} subject={mail.subject} />
  );
}

function HtmlView({ address, isPhone, subject }: { address: string; isPhone: boolean; subject: string }) {
  return (
    <>
      <nav aria-label="Width" className="width">
        <ul>
          <li>
            <a href={`${address}?view=html`} aria-current={isPhone ? undefined : 'true'}>
              Desktop
            </a>
          </li>
          <li>
            <a href={`${address}?view=html&width=${PHONE_WIDTH}`} aria-current={isPhone ? 'true' : undefined}>
              Phone
            </a>
          </li>
        </ul>
      </nav>
      <iframe
        className={isPhone ? 'phone' : undefined}
        title={`The mail “${subject}”`}
        src={`${address}/html`}
        sandbox={SANDBOX}
      />
    </>
  );
}

function Headers({ mail }: { mail: Mail }) {
  return (
    <>
      <NamedValues caption="Headers" rows={headerRows(mail)} />
      <NamedValues caption="Resend tags" rows={mail.tags.map(({ name, value }) => [name, value])} />
    </>
  );
}

function headerRows(mail: Mail): [string, string][] {
  const rows: [string, string][] = [
    ['From', mail.from_address],
    ['To', mail.to_addresses.join(', ')],
    ['Cc', mail.cc_addresses.join(', ')],
    ['Bcc', mail.bcc_addresses.join(', ')],
    ['Reply-To', mail.reply_to.join(', ')],
    ['Subject', mail.subject],
    ['Date', mail.created_at.toUTCString()],
    ['Message-ID', messageIdOf(mail.id)],
    ...Object.entries(mail.headers),
  ];
  return rows.filter(([, value]) => value !== '');
}

function NamedValues({ caption, rows }: { caption: string; rows: [string, string][] }) {
  return rows.length === 0 ? null : (
    <table>
      <caption>{caption}</caption>
      <tbody>
        {rows.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
