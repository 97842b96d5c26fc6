import { findMailProvider } from '../../subscribers/address/mailbox-providers.ts';
import { ConsentWords } from '../layout/sign-up-form.tsx';
import { AddressForm, HiddenFields } from '../layout/address-form.tsx';
import { Address } from '../layout/ask-about-address.tsx';

interface AnswerProps {
  email: string;
  /** Hidden fields of the form that corrects a wrong address. */
  hidden: Readonly<Record<string, string>>;
}

/** What comes next, and where to look for it. */
export function AlmostThere({
  email,
  hidden,
  isLocal,
  senderName,
}: AnswerProps & { isLocal: boolean; senderName: string }) {
  const provider = findMailProvider(email.slice(email.lastIndexOf('@') + 1));
  return (
    <div className="sheet narrow">
      <h1>Check your inbox</h1>
      <p role="status">
        If we can send to <Address email={email} />, an email with a button is on its way. Press the button,
        and you’re in. Until you do, we send nothing else but one reminder.
      </p>
      {isLocal ? (
        <p>
          On this machine it is in <a href="/outbox">the outbox</a>, which like Resend takes no address at
          example.com or test.com; try delivered+you@resend.dev.
        </p>
      ) : provider ? (
        <p>
          <a href={provider.inbox} className="button">
            Open {provider.name}
          </a>
        </p>
      ) : null}
      <p>
        Nothing there after a few minutes? Look in the spam folder, and wherever else your mail program sorts
        things: it comes from “{senderName}”, and its subject begins with “Please confirm”.
      </p>
      <details>
        <summary>Wrong address?</summary>
        <AddressForm
          action="/subscribe"
          label="The right email address"
          button="Send it there"
          buttonClass="plain"
          hidden={hidden}
          hasHoneypot
          email={email}
        />
      </details>
      <p>
        <a href="/">Back to the verdicts</a>
      </p>
    </div>
  );
}

/** For a form that a program may have sent: it costs a person one press, and nothing is sent without it. */
export function OnceMore({ email, hidden }: AnswerProps) {
  return (
    <div className="sheet narrow">
      <h1>One more press</h1>
      <p role="status">
        The form was sent faster than people type, or had been open for days. If it was you, press the button,
        and we’ll send the confirmation email to <Address email={email} />.
      </p>
      <ConsentWords />
      <form method="post" action="/subscribe">
        <HiddenFields fields={{ ...hidden, email }} />
        <button type="submit" className="big">
          Yes, send it
        </button>
      </form>
    </div>
  );
}
