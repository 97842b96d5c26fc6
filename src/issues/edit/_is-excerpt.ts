/** Whether a text consists of whole words of a quote, in its order, with … for what is left out. */
export function isExcerpt(text: string, quote: string): boolean {
  const parts = text
    .split(/…|\.\.\./)
    .map((part) => part.trim())
    .filter(Boolean);
  let from = 0;
  return (
    parts.length > 0 &&
    parts.every((part) => {
      const at = findWords(part, quote, from);
      from = at + part.length;
      return at >= 0;
    })
  );
}

/**
 * The first place, at or after `from`, where the part is in the quote without beginning or ending inside a word; -1 if
 * none.
 */
function findWords(part: string, quote: string, from: number): number {
  for (let at = quote.indexOf(part, from); at >= 0; at = quote.indexOf(part, at + 1)) {
    const end = at + part.length;
    if (!isOneWord(quote.slice(0, at), part) && !isOneWord(part, quote.slice(end))) {
      return at;
    }
  }
  return -1;
}

function isOneWord(before: string, after: string): boolean {
  return /[\p{L}\p{N}]$/u.test(before) && /^[\p{L}\p{N}]/u.test(after);
}
