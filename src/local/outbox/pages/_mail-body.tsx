import type { StoredMail } from './_find-mail.ts';
import { MailHeaders } from './_mail-headers.tsx';

export const VIEWS = { html: 'HTML', text: 'Text', headers: 'Headers' };
export type View = keyof typeof VIEWS;

const SANDBOX = 'allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation';

export function MailBody({
  mail,
  view,
  address,
  isPhone,
}: {
  mail: StoredMail;
  view: View;
  address: string;
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
            <a href={`${address}?view=html&width=375`} aria-current={isPhone ? 'true' : undefined}>
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
