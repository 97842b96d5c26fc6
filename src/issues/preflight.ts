import type { IssueContent } from '../../emails/_parts/content.ts';
import { PLACEHOLDERS, type Rendering } from './render.tsx';

const MAX_HTML_BYTES = 60_000;
const MAX_LINKS = 40;

/** What must be mended before an issue can go out, each with what to do; empty when nothing must. */
export function findProblems(content: IssueContent, rendering: Rendering): string[] {
  return [
    ...checkSubject(content),
    ...checkSize(rendering),
    ...checkLinks(rendering),
    ...checkPlaceholders(rendering),
  ];
}

function checkSubject({ subject, preheader }: IssueContent): string[] {
  return [...checkLength('subject', subject, 30, 60), ...checkLength('preheader', preheader, 40, 110)];
}

function checkLength(name: string, text: string, min: number, max: number): string[] {
  const length = Array.from(text).length;
  return length < min || length > max
    ? [`${name}: has ${length} characters; ${min} to ${max} are shown well, so shorten or lengthen it`]
    : [];
}

// Gmail clips a message near 102 kB; which bytes it counts is disputed, so the limit is well below.
function checkSize({ html }: Rendering): string[] {
  const bytes = Buffer.byteLength(html);
  return bytes > MAX_HTML_BYTES
    ? [`html: ${bytes} bytes; at most ${MAX_HTML_BYTES}, so choose fewer comparisons or shorter texts`]
    : [];
}

function checkLinks({ html, text, envelope }: Rendering): string[] {
  const links = [
    ...new Set([...html.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => href.replaceAll('&amp;', '&'))),
  ];
  const lines = new Set(text.split('\n').map((line) => line.trim()));
  return [
    ...(links.length > MAX_LINKS
      ? [`links: ${links.length}; at most ${MAX_LINKS}, so choose fewer comparisons`]
      : []),
    ...links
      .filter((link) => !link.startsWith(envelope.public_url))
      .map((link) => `links: ${link} leads away from ${envelope.public_url}`),
    ...links
      .filter((link) => link.includes('@'))
      .map((link) => `links: ${link} seems to hold an e-mail address`),
    ...links
      .filter((link) => !lines.has(link))
      .map((link) => `text: lacks the link ${link} on a line of its own`),
  ];
}

function checkPlaceholders({ html, text }: Rendering): string[] {
  const needed = [PLACEHOLDERS.unsubscribe, PLACEHOLDERS.preferences, PLACEHOLDERS.vote];
  return needed
    .filter((placeholder) => !html.includes(placeholder) || !text.includes(placeholder))
    .map((placeholder) => `links: the ${placeholder.slice(1, -1)} link is missing; mend the template`);
}
