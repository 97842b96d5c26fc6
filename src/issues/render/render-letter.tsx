import type { Imprint } from '../../../emails/_parts/content/content.ts';
import { type Letter, letterText } from '../../../emails/_parts/letter/letter.ts';
import type { Config } from '../../config/config.ts';
import { cleanHtml } from './_clean-html.ts';

export type { Letter } from '../../../emails/_parts/letter/letter.ts';

export interface RenderedLetter {
  subject: string;
  html: string;
  text: string;
}

/** Renders the HTML and text parts of any mail other than an issue. */
export async function renderLetter(letter: Letter): Promise<RenderedLetter> {
  // Loaded on first use, as in render.tsx.
  const { render } = await import('@react-email/render');
  const { LetterMail } = await import('../../../emails/_parts/letter/letter-mail.tsx');
  return {
    subject: letter.subject,
    html: cleanHtml(await render(<LetterMail letter={letter} />)),
    text: letterText(letter),
  };
}

export function imprintOf({ panelLabel, postalAddress, mailReplyTo }: Config): Imprint {
  return {
    panel_label: panelLabel,
    postal_address: postalAddress,
    reads_replies: mailReplyTo !== undefined,
  };
}
