import type { StoredMail } from './_find-mail.ts';
import { MailHeaders } from './_mail-headers.tsx';

export const VIEWS = { html: 'HTML', text: 'Text', headers: 'Headers' };
export type View = keyof typeof VIEWS;

const SANDBOX = 'allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation';

export function MailBody({
  mail,
  view,
  url,
  isPhone,
}: {
  mail: StoredMail;
  view: View;
  url: string;
  isPhone: boolean;
}) {
  if (view === 'headers') {
    return <MailHeaders mail={mail} />;
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
    <HtmlView url={url} isPhone={isPhone} subject={mail.subject} />
  );
}

function HtmlView({ url, isPhone, subject }: { url: string; isPhone: boolean; subject: string }) {
  return (
    <>
      <nav aria-label="Width" className="width">
        <ul>
          <li>
            <a href={`${url}?view=html`} aria-current={isPhone ? undefined : 'true'}>
              Desktop
            </a>
          </li>
          <li>
            <a href={`${url}?view=html&width=375`} aria-current={isPhone ? 'true' : undefined}>
              Phone
            </a>
          </li>
        </ul>
      </nav>
      <iframe
        className={isPhone ? 'phone' : undefined}
        title={`The mail “${subject}”`}
        src={`${url}/html`}
        sandbox={SANDBOX}
      />
    </>
  );
}
