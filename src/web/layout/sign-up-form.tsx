import { AddressForm } from './address-form.tsx';

/** The version of the consent text; change it whenever the text changes. */
export const CONSENT_WORDING = '2026-11';

interface SignUpFormProps {
  source: string;
  email?: string | undefined;
  problem?: string | undefined;
}

/** Shown next to every verdict; works without scripts. */
export function SignUpForm({ source, email, problem }: SignUpFormProps) {
  return (
    <section className="sheet" aria-labelledby="sign-up">
      <h2 id="sign-up">The next verdict, in your inbox</h2>
      <p>One comparison in depth and a few in brief, every week. Confirm once, leave with one click.</p>
      <AddressForm
        action="/subscribe"
        label="Email address"
        button="Send me the weekly verdicts"
        source={source}
        email={email}
        problem={problem}
      />
    </section>
  );
}
