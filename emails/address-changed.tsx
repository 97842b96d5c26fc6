import type { Imprint } from './_parts/content/content.ts';
import type { Letter } from './_parts/letter/letter.ts';
import { LetterMail } from './_parts/letter/letter-mail.tsx';
import { sampleImprint } from './_parts/content/sample.ts';

export interface AddressChangedProps {
  /** Masked: "b…@example.org". */
  new_address: string;
  sign_up_url: string;
  /** Whether somebody reads replies. */
  can_answer: boolean;
  imprint: Imprint;
}

/** Sent once to the old address: anybody with a forwarded mail could have requested the change. */
export function addressChanged({
  new_address,
  sign_up_url,
  can_answer,
  imprint,
}: AddressChangedProps): Letter {
  return {
    subject: 'Your address was changed: Weekly AI Tool Verdicts',
    preheader:
      'From now on the weekly verdicts go to another address of yours. Was it not you? Then read on.',
    heading: 'The verdicts have moved',
    blocks: [
      `As asked on your preferences page, Weekly AI Tool Verdicts goes to ${new_address} from now on. This is the last mail to this address.`,
      `Was it not you? Somebody may have used a mail that you passed on. Sign up again with this address${can_answer ? ', and tell us by answering this mail' : ''}.`,
      { kind: 'link', link: { text: 'Sign up again', url: sign_up_url } },
    ],
    reason: 'You get this because a reader’s address is never changed without a word to the old one.',
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
  can_answer: true,
  imprint: sampleImprint,
} satisfies AddressChangedProps;
