import type { InboxMail } from './_list-inbox.ts';
import { EventChip, Timestamp } from './_page.tsx';

export function MailList({ mount, mails, reader }: { mount: string; mails: InboxMail[]; reader: string }) {
  return mails.length === 0 ? (
    <Empty mount={mount} reader={reader} />
  ) : (
    <>
      <p className="columns" aria-hidden="true">
        <span>To</span>
        <span>Subject</span>
        <span>Last event</span>
        <span>Time</span>
      </p>
      <ol className="mails">
        {mails.map((mail) => (
          <li key={mail.id}>
            <span className="to">{mail.to_addresses.join(', ')}</span>
            <a className="subject" href={`${mount}/mails/${mail.id}`}>
              {mail.subject || '(no subject)'}
            </a>
            <EventChip event={mail.last_event} />
            <Timestamp at={mail.created_at} />
          </li>
        ))}
      </ol>
    </>
  );
}

function Empty({ mount, reader }: { mount: string; reader: string }) {
  return reader ? (
    <div className="empty">
      <p>No mail to an address containing “{reader}”.</p>
      <p>
        <a href={mount || '/'}>Show all mails</a>
      </p>
    </div>
  ) : (
    <div className="empty">
      <p>No mail yet.</p>
      <p>
        Sign up on the site or send an issue, then load this page again: each mail appears here once it is
        submitted.
      </p>
    </div>
  );
}
