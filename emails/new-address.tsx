import type { Imprint } from './_parts/content/content.ts';
import type { Letter } from './_parts/letter/letter.ts';
import { LetterMail } from './_parts/letter/letter-mail.tsx';
import { sampleImprint } from './_parts/content/sample.ts';

export interface NewAddressProps {
  confirm_url: string;
  /** The current address, masked: "a…@example.net". */
  old_address: string;
  imprint: Imprint;
}

/** Sent to the new address: the change takes effect once its owner confirms it. */
export function newAddress({ confirm_url, old_address, imprint }: NewAddressProps): Letter {
  return {
    subject: 'Please confirm your new address for the verdicts',
    preheader: 'One click and Weekly AI Tool Verdicts comes here from now on, no longer to the old address.',
    heading: 'Shall we send it here?',
    blocks: [
      `A reader at ${old_address}, most likely you, asked for Weekly AI Tool Verdicts to come to this address from now on.`,
      { kind: 'button', link: { text: 'Yes, send it to this address', url: confirm_url } },
      'The link is good for seven days. If it was not you, do nothing: nothing changes, and no further mail comes.',
    ],
    reason: 'You get this because your address was entered as the new one of a reader.',
    links: [],
    imprint,
  };
}

export default function NewAddress(props: NewAddressProps) {
  return <LetterMail letter={newAddress(props)} />;
}

NewAddress.PreviewProps = {
  confirm_url: 'http://localhost:3000/address/sample',
  old_address: 'a…@example.net',
  imprint: sampleImprint,
} satisfies NewAddressProps;
