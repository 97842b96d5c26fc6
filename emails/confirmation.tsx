import { Button } from './_parts/button.tsx';
import { Layout } from './_parts/layout.tsx';
import { Masthead } from './_parts/masthead.tsx';
import { styles } from './_parts/styles.ts';
import { wrap } from './_parts/wrap.ts';

export interface ConfirmationProps {
  confirm_url: string;
  postal_address: string;
}

export const confirmationSubject = 'Please confirm: Weekly AI Tool Verdicts';

const preheader = 'One click and the next issue is yours. Nothing is sent until you confirm.';

export default function Confirmation({ confirm_url, postal_address }: ConfirmationProps) {
  return (
    <Layout subject={confirmationSubject} preheader={preheader}>
      <Masthead />
      <div style={styles.padded} className="pad">
        <h1 style={styles.h1} className="d-ink">
          Is this you?
        </h1>
        <p style={styles.paragraph}>
          Somebody, most likely you, asked us to send Weekly AI Tool Verdicts to this address: two tools side
          by side, what a panel thinks of them, and your vote.
        </p>
        <Button href={confirm_url}>Yes, send me the weekly verdicts</Button>
        <p style={styles.paragraph}>
          If it was not you, do nothing: without a confirmation we send no further mail.
        </p>
        <p style={{ ...styles.small, margin: '24px 0 0' }} className="d-quiet">
          {postal_address}
        </p>
      </div>
    </Layout>
  );
}

Confirmation.PreviewProps = {
  confirm_url: 'http://localhost:3000/confirm/sample',
  postal_address: 'Weekly Verdicts, 1 Example Street, 00000 Anytown',
} satisfies ConfirmationProps;

export function confirmationText({ confirm_url, postal_address }: ConfirmationProps): string {
  return [
    'WEEKLY AI TOOL VERDICTS',
    '',
    'Is this you?',
    '',
    wrap(
      'Somebody, most likely you, asked us to send Weekly AI Tool Verdicts to this address: two tools side by side, what a panel thinks of them, and your vote.',
    ),
    '',
    'Yes, send me the weekly verdicts:',
    confirm_url,
    '',
    wrap('If it was not you, do nothing: without a confirmation we send no further mail.'),
    '',
    wrap(postal_address),
    '',
  ].join('\n');
}
