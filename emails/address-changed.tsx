import type { Imprint } from './_parts/content/content.ts';
import type { Letter } from './_parts/letter/letter.ts';
import { LetterMail } from './_parts/letter/letter-mail.tsx';
import { sampleImprint } from './_parts/content/sample.ts';

export interface AddressChangedProps {
  /** Masked: "b…@example.org". */
  new_address: string;
  sign_up_url: string;
  /** Whether somebody reads replies. */
  reads_replies: boolean;
  imprint: Imprint;
}

/** Sent once to the old address: anybody with a forwarded mail could have requested the change. */
export function addressChanged({
  new_address,
  sign_up_url,
  reads_replies,
  imprint,
}: AddressChangedProps): Letter {
  return {
    subject: 'Your address was changed: Weekly AI Tool Verdicts',
    preheader: 'The weekly verdicts now go to your new address. If you didn’t ask for this, read on.',
    heading: 'Your subscription has moved',
    blocks: [
      `You asked us to send Weekly AI Tool Verdicts to ${new_address} from now on. This is the last email to this address.`,
      `If this wasn’t you, someone may have used a link in an issue that you forwarded. Sign up again with this address${reads_replies ? ', and reply to this email to let us know' : ''}.`,
      { kind: 'link', link: { text: 'Sign up again', url: sign_up_url } },
    ],
    reason: 'You’re getting this because we always notify the old address when a reader changes it.',
    links: [],
    imprint,
  };
}

export default function AddressChanged(props: AddressChangedProps) {
  return <LetterMail letter={addressChanged(props)} />;
}

AddressChanged.PreviewProps = {
  new_address: 'b…@example.org',
  sign_up_url: 'http://localhost:3000/#sign-up',
  reads_replies: true,
  imprint: sampleImprint,
} satisfies AddressChangedProps;
