import { HiddenFields } from './address-form.tsx';

interface AskProps {
  action: string;
  /** As typed, normalized. */
  email: string;
  suggestion: string;
  hidden?: Readonly<Record<string, string>>;
}

/** Offers the address that was probably meant; the reader chooses, and nothing is sent before that. */
export function AskAboutAddress({ action, email, suggestion, hidden = {} }: AskProps) {
  return (
    <div className="sheet narrow">
      <h1>Is that address right?</h1>
      <p role="status">
        You wrote <Address email={email} />. Did you mean <Address email={suggestion} />?
      </p>
      {[suggestion, email].map((choice) => (
        <form key={choice} method="post" action={action}>
          <HiddenFields fields={{ ...hidden, email: choice, as_typed: '1' }} />
          <p>
            <button type="submit" className={choice === suggestion ? 'big' : 'plain'}>
              {choice === suggestion ? 'Yes: ' : 'No, it is '}
              {choice}
            </button>
          </p>
        </form>
      ))}
    </div>
  );
}

/** Broken only if it is longer than a line. */
export function Address({ email }: { email: string }) {
  return <strong className="address">{email}</strong>;
}
