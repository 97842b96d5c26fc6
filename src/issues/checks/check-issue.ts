import type { IssueContent } from '../../../emails/_parts/content.ts';
import type { Rendering } from '../render.tsx';
import { checkClients } from './check-clients.ts';
import { checkContrast } from './check-contrast.ts';
import { checkEnvelope } from './check-envelope.ts';
import { checkLinks } from './check-links.ts';
import { checkNumbers } from './check-numbers.ts';
import { checkSize } from './check-size.ts';
import { checkStructure } from './check-structure.ts';
import { checkWords } from './check-words.ts';
import type { Finding } from './finding.ts';

/** Everything that must be mended, or approved in spite of it with a reason, before an issue can go out. */
export async function checkIssue(content: IssueContent, rendering: Rendering): Promise<Finding[]> {
  return [...checkWords(content), ...(await checkMail(rendering)), ...checkEnvelope(rendering)];
}

/** What holds for the two parts of any mail. */
async function checkMail(rendering: Rendering): Promise<Finding[]> {
  return [
    ...checkSize(rendering),
    ...checkLinks(rendering),
    ...checkNumbers(rendering),
    ...checkContrast(rendering.html),
    ...(await checkStructure(rendering.html)),
    ...(await checkClients(rendering.html)),
  ];
}
