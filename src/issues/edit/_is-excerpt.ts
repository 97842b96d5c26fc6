/** Whether a text consists of parts of a quote, in its order, with … for what is left out. */
export function isExcerpt(text: string, quote: string): boolean {
  const parts = text
    .split(/…|\.\.\./)
    .map((part) => part.trim())
    .filter(Boolean);
  let from = 0;
  return (
    parts.length > 0 &&
    parts.every((part) => {
      const at = quote.indexOf(part, from);
      from = at + part.length;
      return at >= 0;
    })
  );
}
