/** The version of the words a reader agrees to; a change of words is a new version. */
export const CONSENT_WORDING = '2026-11';

interface SignUpFormProps {
  source: string;
  email?: string | undefined;
  problem?: string | undefined;
}

/** Stands beside every verdict; works without scripts. */
export function SignUpForm({ source, email, problem }: SignUpFormProps) {
  return (
    <section className="sheet" aria-labelledby="sign-up">
      <h2 id="sign-up">The next verdict, in your inbox</h2>
      <p>
        One comparison in depth and a few in short, every week. You confirm once, and leave with one click.
      </p>
      <form method="post" action="/subscribe">
        <input type="hidden" name="source" value={source} />
        {problem ? (
          <p className="problem" id="sign-up-problem" role="alert">
            {problem}
          </p>
        ) : null}
        <div className="row">
          <div className="grow">
            <label htmlFor="email">E-mail address</label>
            <input
              id="email"
              name="email"
              type="email"
              autoComplete="email"
              required
              maxLength={254}
              defaultValue={email}
              aria-invalid={problem ? true : undefined}
              aria-describedby={problem ? 'sign-up-problem' : undefined}
            />
          </div>
          <button type="submit">Send me the weekly verdicts</button>
        </div>
      </form>
    </section>
  );
}
