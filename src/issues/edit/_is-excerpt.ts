/**
 * Whether a text consists of whole words of a quote, in the quote's order, with … for what is left out. All white space is
 * alike: a form has ordinary spaces where the review has others.
 */
export function isExcerpt(text: string, quote: string): boolean {
  const said = withPlainSpaces(quote);
  const parts = withPlainSpaces(text)
    .split(/…|\.\.\./)
    .map((part) => part.trim())
    .filter(Boolean);
  const end = parts.reduce<number | undefined>((from, part) => findEnd(part, said, from), 0);
  return parts.length > 0 && end !== undefined;
}

function withPlainSpaces(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

/** Where the part, at or after `from`, ends in the quote, without beginning or ending inside a word; undefined if nowhere. */
function findEnd(part: string, quote: string, from: number | undefined): number | undefined {
  for (
    let at = from === undefined ? -1 : quote.indexOf(part, from);
    at >= 0;
    at = quote.indexOf(part, at + 1)
  ) {
    const end = at + part.length;
    if (!isOneWord(quote.slice(0, at), part) && !isOneWord(part, quote.slice(end))) {
      return end;
    }
  }
  return undefined;
}

function isOneWord(before: string, after: string): boolean {
  return /[\p{L}\p{N}]$/u.test(before) && /^[\p{L}\p{N}]/u.test(after);
}
