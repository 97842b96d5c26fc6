interface AddressFormProps {
  action: string;
  label: string;
  button: string;
  /** Of a less prominent button. */
  buttonClass?: string;
  /** Goes along, hidden. */
  source?: string;
  email?: string | undefined;
  /** What is wrong with the address as it was typed. */
  problem?: string | undefined;
}

/** A form that asks for an address; there is one on a page at most. */
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
