import type { IssueContent } from '../../../emails/_parts/content/content.ts';
import { type Letter, renderLetter } from '../render/render-letter.tsx';
import type { Rendering } from '../render/render.tsx';
import { checkClients } from '../check-rendering/check-clients.ts';
import { checkContrast } from '../check-rendering/check-contrast.ts';
import { checkHeaders } from './_check-headers.ts';
import { checkImages, checkPictures } from '../check-rendering/check-images.ts';
import { checkLinks, checkPlaceholders } from './_check-links.ts';
import { checkNumbers } from './_check-numbers.ts';
import { checkSize } from './_check-size.ts';
import { checkStructure } from '../check-rendering/check-structure.ts';
import { checkBodyWords, checkWords } from './_check-words.ts';
import type { Finding } from '../finding/finding.ts';
import type { Mail } from '../finding/mail.ts';

/** Lists everything that must be fixed, or accepted with a reason at approval, before an issue can be sent. */
export async function checkIssue(content: IssueContent, rendering: Rendering): Promise<Finding[]> {
  const { html, text, envelope } = rendering;
  return [
    ...checkLines(content),
    ...(await checkMail({
      html,
      text,
      public_url: envelope.public_url,
      comparison_url: envelope.comparison_url,
    })),
    ...checkPlaceholders(rendering),
    ...checkHeaders(rendering),
    ...(await checkPictures(content)),
  ];
}

/** Checks the lines that an inbox shows, and the introduction. */
export function checkLines(
  content: Pick<IssueContent, 'subject' | 'preheader' | 'introduction' | 'lead' | 'more'>,
): Finding[] {
  const names = [content.lead, ...content.more].flatMap(({ tools }) => tools.map(({ name }) => name));
  return checkWords({ ...content, names });
}

/** Checks a letter: wording, size, links, structure and client support. */
export async function checkLetter(letter: Letter, public_url: string): Promise<Finding[]> {
  const { html, text } = await renderLetter(letter);
  return [...checkWords(letter), ...(await checkMail({ html, text, public_url }))];
}

/** Checks that apply to the HTML and text parts of any mail. */
async function checkMail(mail: Mail): Promise<Finding[]> {
  return [
    ...checkSize(mail),
    ...checkLinks(mail),
    ...checkNumbers(mail),
    ...checkBodyWords(mail.html),
    ...checkImages(mail.html),
    ...checkContrast(mail.html),
    ...(await checkStructure(mail.html)),
    ...(await checkClients(mail.html)),
  ];
}
