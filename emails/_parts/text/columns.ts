import stringWidth from 'string-width';

const GRAPHEMES = new Intl.Segmenter('en');
const UTF8 = new TextEncoder();

/** Byte budget per column, for a mail of 45 kB: for labels, which are repeated many times, and for sentences. */
const LABEL_BYTES = 1;
const SENTENCE_BYTES = 1.25;
const ELLIPSIS = '…';

/** Width of a text in columns: Chinese, Japanese and Korean characters take two (UAX #11), combining marks none. */
export function columnsOf(text: string): number {
  return stringWidth(text, { countAnsiEscapeCodes: true });
}

/** Cuts a label to `maxColumns`, or to fewer in scripts with more bytes per letter. */
export function cutLabel(text: string, maxColumns: number): string {
  return cut(text, maxColumns, LABEL_BYTES);
}

/** A category as issues show it, and as readers choose it. Cutting it again changes nothing. */
export function categoryLabel(category: string): string {
  return cutLabel(category, 40);
}

/** Cuts sentences in the same way, with their larger byte budget. */
export function cutSentence(text: string, maxColumns: number): string {
  return cut(text, maxColumns, SENTENCE_BYTES);
}

/** Whether sentences fit uncut. */
export function fits(text: string, maxColumns: number): boolean {
  return isWithin(text, maxColumns, SENTENCE_BYTES);
}

/** Cuts between grapheme clusters only. */
function cut(text: string, maxColumns: number, bytesPerColumn: number): string {
  if (isWithin(text, maxColumns, bytesPerColumn)) {
    return text;
  }
  let result = '';
  for (const { segment } of GRAPHEMES.segment(text)) {
    if (!isWithin(`${result}${segment}${ELLIPSIS}`, maxColumns, bytesPerColumn)) {
      break;
    }
    result += segment;
  }
  return `${result.trimEnd()}${ELLIPSIS}`;
}

function isWithin(text: string, maxColumns: number, bytesPerColumn: number): boolean {
  const bytes = UTF8.encode(text).byteLength - (text.endsWith(ELLIPSIS) ? 2 : 0);
  return columnsOf(text) <= maxColumns && bytes <= maxColumns * bytesPerColumn;
}
