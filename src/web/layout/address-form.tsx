interface AddressFormProps {
  action: string;
  label: string;
  button: string;
  /** For a less prominent button. */
  buttonClass?: string;
  /** Value of a hidden field. */
  source?: string;
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
  source,
  email,
  problem,
}: AddressFormProps) {
  return (
    <form method="post" action={action}>
      {source ? <input type="hidden" name="source" value={source} /> : null}
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
            type="email"
            autoComplete="email"
            required
            maxLength={254}
            defaultValue={email}
            aria-invalid={problem ? true : undefined}
            aria-describedby={problem ? 'email-problem' : undefined}
          />
        </div>
        <button type="submit" className={buttonClass}>
          {button}
        </button>
      </div>
    </form>
  );
}
