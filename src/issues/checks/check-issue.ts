import type { IssueContent } from '../../../emails/_parts/content.ts';
import { type Letter, renderLetter } from '../render-letter.tsx';
import type { Rendering } from '../render.tsx';
import { checkClients } from './check-clients.ts';
import { checkContrast } from './check-contrast.ts';
import { checkEnvelope } from './check-envelope.ts';
import { checkImages } from './check-images.ts';
import { checkLinks, checkPlaceholders } from './check-links.ts';
import { checkNumbers } from './check-numbers.ts';
import { checkSize } from './check-size.ts';
import { checkStructure } from './check-structure.ts';
import { checkBodyWords, checkWords } from './check-words.ts';
import type { Finding } from './finding.ts';
import type { Mail } from './mail.ts';

/** Everything that must be mended, or approved in spite of it with a reason, before an issue can go out. */
export async function checkIssue(content: IssueContent, rendering: Rendering): Promise<Finding[]> {
  const { html, text, envelope } = rendering;
  return [
    ...checkWords(content),
    ...(await checkMail({ html, text, public_url: envelope.public_url })),
    ...checkPlaceholders(rendering),
    ...checkEnvelope(rendering),
  ];
}

/** The same of any other mail. */
export async function checkLetter(letter: Letter, public_url: string): Promise<Finding[]> {
  const { html, text } = await renderLetter(letter);
  return [...checkWords(letter), ...(await checkMail({ html, text, public_url }))];
}

/** What holds for the two parts of any mail. */
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
