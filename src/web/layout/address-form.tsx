/** The honeypot: only programs fill it in. */
export const HONEYPOT_FIELD = 'nickname';

interface AddressFormProps {
  action: string;
  label: string;
  button: string;
  /** For a less prominent button. */
  buttonClass?: string;
  hidden?: Readonly<Record<string, string>>;
  hasHoneypot?: boolean;
  email?: string | undefined;
  /** Why the entered address is invalid. */
  problem?: string | undefined;
}

/** A form for an e-mail address; at most one per page, because its ids are fixed. */
export function AddressForm({
  action,
  label,
  button,
  buttonClass,
  hidden = {},
  hasHoneypot = false,
  email,
  problem,
}: AddressFormProps) {
  return (
    <form method="post" action={action}>
      <HiddenFields fields={hidden} />
      {problem ? (
        <p className="problem" id="email-problem" role="alert">
          {problem}
        </p>
      ) : null}
      <div className="row">
        <div className="grow">
          <label htmlFor="email">{label}</label>
          <input
            id="email"
            name="email"
            // Not `email`: browsers refuse what we could correct, in words that help nobody.
            type="text"
            inputMode="email"
            autoComplete="email"
            autoCapitalize="none"
            spellCheck={false}
            required
            maxLength={320}
            defaultValue={email}
            aria-invalid={problem ? true : undefined}
            aria-describedby={problem ? 'email-problem' : undefined}
          />
        </div>
        <button type="submit" className={buttonClass}>
          {button}
        </button>
      </div>
      {hasHoneypot ? (
        <div className="trap" aria-hidden="true">
          <label htmlFor={HONEYPOT_FIELD}>Leave this empty</label>
          <input id={HONEYPOT_FIELD} name={HONEYPOT_FIELD} tabIndex={-1} autoComplete="off" />
        </div>
      ) : null}
    </form>
  );
}

export function HiddenFields({ fields }: { fields: Readonly<Record<string, string>> }) {
  return Object.entries(fields).map(([name, value]) =>
    value ? <input key={name} type="hidden" name={name} value={value} /> : null,
  );
}
