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
  // Readers who left, or did not say whether to stay, may come back; an address that refused mail gets none.
  if (reason === null || reason === 'inactive') {
    return <p>To get it, {signUp}.</p>;
  }
  return (
    <p>
      {reason === 'complained'
        ? 'One of our emails to it was reported as spam'
        : ['bounced', 'bouncing', 'suppressed'].includes(reason)
          ? 'Emails to it came back'
          : 'Our staff has stopped it'}
      , so nothing more goes to this address, even if you sign up with it. To get the newsletter, {signUp}{' '}
      with another address.
    </p>
  );
}
