import stringWidth from 'string-width';

const LETTERS = new Intl.Segmenter('en');
const BYTES = new TextEncoder();

/** What a mail of 45 kB has for one column: of a label, which stands there many times, and of sentences. */
const LABEL_BYTES = 1;
const SENTENCE_BYTES = 1.25;
const ELLIPSIS = '…';

/** How wide a text is in columns: letters of Chinese, Japanese and Korean take two (UAX #11), marks none. */
export function columnsOf(text: string): number {
  return stringWidth(text, { countAnsiEscapeCodes: true });
}

/** A label of so many columns at most, and in scripts whose letters take more bytes, of fewer. */
export function cutLabel(text: string, maxColumns: number): string {
  return cut(text, maxColumns, LABEL_BYTES);
}

/** The same of a sentence. */
export function cutSentence(text: string, maxColumns: number): string {
  return cut(text, maxColumns, SENTENCE_BYTES);
}

/** Whether sentences fit whole. */
export function fits(text: string, maxColumns: number): boolean {
  return isWithin(text, maxColumns, SENTENCE_BYTES);
}

/** Never half a letter. */
function cut(text: string, maxColumns: number, bytesPerColumn: number): string {
  if (isWithin(text, maxColumns, bytesPerColumn)) {
    return text;
  }
  let taken = '';
  for (const { segment } of LETTERS.segment(text)) {
    if (!isWithin(`${taken}${segment}${ELLIPSIS}`, maxColumns, bytesPerColumn)) {
      break;
    }
    taken += segment;
  }
  return `${taken.trimEnd()}${ELLIPSIS}`;
}

function isWithin(text: string, maxColumns: number, bytesPerColumn: number): boolean {
  const bytes = BYTES.encode(text).byteLength - (text.endsWith(ELLIPSIS) ? 2 : 0);
  return columnsOf(text) <= maxColumns && bytes <= maxColumns * bytesPerColumn;
}
