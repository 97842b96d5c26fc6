import { getPath } from 'hono/utils/url';

/** A parameter that a tracker has appended to the path with "&", or with an encoded "?". None of our paths has one of these. */
const APPENDED = /(?:&|\?|%3f|%26).*$/isu;
/** Where a mail program breaks a long line, with the "=" of a soft line break or a soft hyphen; our paths have no spaces. */
const BREAKS = /=?(?:\r?\n|(?:%0d)?%0a)|[\s\u00AD\u200B-\u200F\u2060\uFEFF]|%20|%09/giu;
/**
 * What mail programs take for a part of an address at its end: a slash, punctuation, closing brackets and quotation marks;
 * decoded, or as Hono leaves them. None of our addresses ends in one of them.
 */
const TRAILING = /(?:=3d|[/.,;:!>)\]}"'=*\u2026\p{Pf}]|%(?:22|27|29|2c|2e|2f|3[abde]|5d|7d))+$/iu;

/** The proxy allows these only from inside, going by the path as it was sent: no other path may be cleaned into one. */
const INTERNAL_PATHS = /^\/(?:healthz|readyz|onschedule)$/;

/** The path to route by: both a browser and a mail program's one-click POST arrive where they were meant to. */
export function cleanPath(request: Request): string {
  const asked = getPath(request);
  const path = asked.replace(APPENDED, '').replaceAll(BREAKS, '').replace(TRAILING, '') || '/';
  return INTERNAL_PATHS.test(path) && asked.replace(/\/+$/, '') !== path ? asked : path;
}
