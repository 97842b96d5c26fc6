import { signPage, verifyPageSignature } from '../../links/tokens.ts';
import { AddressForm } from './address-form.tsx';
import type { PageContext } from './page.tsx';

/** The version of the consent text; change it whenever the text changes. */
export const CONSENT_WORDING = '2026-11';

/** Programs fill in a form in no time, and nobody takes a week. */
const MIN_AGE_MS = 1_000;
const MAX_AGE_MS = 7 * 86_400_000;
/** Signed with the time of a form, which belongs to no issue and no reader. */
const NO_IDS = { issue_id: 0, subscriber_id: 0 };

interface SignUpFormProps {
  /** The page that it is on. */
  source: string;
  /** From `signFormTime`. */
  started: string;
  email?: string | undefined;
  problem?: string | undefined;
  /** Further hidden fields, from the form that is asked about. */
  kept?: Readonly<Record<string, string>>;
}

/** Shown next to every verdict; works without scripts. */
export function SignUpForm({ source, started, email, problem, kept }: SignUpFormProps) {
  return (
    <section className="sheet" aria-labelledby="sign-up">
      <h2 id="sign-up">The next verdict, in your inbox</h2>
      <ConsentWords />
      <AddressForm
        action="/subscribe"
        label="Email address"
        button="Send me the weekly verdicts"
        hidden={{ ...signUpFields(source, started), ...kept }}
        hasHoneypot
        email={email}
        problem={problem}
      />
    </section>
  );
}

/** What a reader agrees to: `CONSENT_WORDING` is its version. */
export function ConsentWords() {
  return <p>One comparison in depth and a few in brief, every week. Confirm once, leave with one click.</p>;
}

/** The hidden fields of a sign-up form of ours. */
export function signUpFields(source: string, started: string): Record<string, string> {
  return { source, wording: CONSENT_WORDING, started };
}

/** The signed time at which a form is shown, for its field `started`. */
export function signFormTime(c: PageContext): string {
  const { linkKeys, now } = c.get('context');
  return signPage(linkKeys, NO_IDS, now());
}

/** Whether a person can have filled in the form: it is ours, and was begun a while ago. */
export function isFilledInByHand(c: PageContext, started: string): boolean {
  const { linkKeys, now } = c.get('context');
  const since = verifyPageSignature(linkKeys, NO_IDS, started)?.rendered_at;
  const age_ms = since ? now().getTime() - since.getTime() : 0;
  return age_ms >= MIN_AGE_MS && age_ms <= MAX_AGE_MS;
}
