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
    subject: 'Please confirm your new address: Weekly AI Tool Verdicts',
    preheader: 'One click, and Weekly AI Tool Verdicts comes here instead of to your old address.',
    heading: 'Send it here from now on?',
    blocks: [
      `A reader at ${old_address}, most likely you, asked us to send Weekly AI Tool Verdicts to this address instead.`,
      { kind: 'button', link: { text: 'Yes, send it to this address', url: confirm_url } },
      'The link works for 7 days. If it wasn’t you, ignore this email: nothing changes, and you won’t hear from us again.',
    ],
    reason: 'You’re getting this because a reader entered your address as their new one.',
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
