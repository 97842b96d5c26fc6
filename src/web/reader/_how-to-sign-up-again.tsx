import type { Row } from '../../database/schema.ts';

/** How somebody to whom nothing is sent can get the newsletter. */
export function HowToSignUpAgain({
  status,
  suppressed_reason: reason,
}: Pick<Row<'subscribers'>, 'status' | 'suppressed_reason'>) {
  const signUp = <a href="/#sign-up">sign up</a>;
  if (status === 'pending') {
    return <p>To get it, press the button in the email that asked you to confirm, or {signUp} again.</p>;
  }
  // Whoever left, or was asked and did not answer, may come back; mail must not go again to where it was refused.
  if (reason === null || reason === 'inactive') {
    return <p>To get it, {signUp}.</p>;
  }
  return (
    <p>
      {reason === 'complained'
        ? 'An email of ours was reported as spam from there'
        : ['bounced', 'bouncing', 'suppressed'].includes(reason)
          ? 'Emails to it came back'
          : 'Our staff has stopped it'}
      , so nothing more goes to this address, even if it signs up. To get it, {signUp} with another one.
    </p>
  );
}
