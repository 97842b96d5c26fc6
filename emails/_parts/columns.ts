import stringWidth from 'string-width';

/** How wide a text is in columns: letters of Chinese, Japanese and Korean take two (UAX #11), marks none. */
export function columnsOf(text: string): number {
  return stringWidth(text, { countAnsiEscapeCodes: true });
}

const LETTERS = new Intl.Segmenter('en');
const BYTES = new TextEncoder();

/** What a mail of 45 kB has for one column of text. */
const BYTES_PER_COLUMN = 1.25;

/** As much as fits into so many columns, and into their bytes in scripts whose letters take more; never half a letter. */
export function cap(text: string, maxColumns: number): string {
  if (fits(text, maxColumns)) {
    return text;
  }
  let taken = '';
  for (const { segment } of LETTERS.segment(text)) {
    if (!fits(`${taken}${segment}…`, maxColumns)) {
      break;
    }
    taken += segment;
  }
  return `${taken.trimEnd()}…`;
}

export function fits(text: string, maxColumns: number): boolean {
  return columnsOf(text) <= maxColumns && BYTES.encode(text).byteLength <= maxColumns * BYTES_PER_COLUMN;
}
