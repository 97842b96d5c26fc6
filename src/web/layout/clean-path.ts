import { getPath } from 'hono/utils/url';

/**
 * What mail programs take for a part of an address at its end: a slash, punctuation, closing brackets and quotation marks, a
 * space, the "=" of a soft line break; decoded, or as Hono leaves them. None of our addresses ends in one of them.
 */
const TRAILING =
  /(?:[/.,;:!>)\]}"'=*\s\p{Pf}\u200B-\u200F\u2060\uFEFF]|%(?:22|27|29|2c|2e|2f|3[abde]|5d|7d))+$/iu;

/** The path to route by: both a browser and a mail program's one-click POST arrive where they were meant to. */
export function cleanPath(request: Request): string {
  const path = getPath(request);
  return path.replace(TRAILING, '') || '/';
}
