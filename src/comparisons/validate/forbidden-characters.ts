const FORBIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u115F\u1160\u2800\u3164\uFFA0\uE000-\uF8FF]/u;
/** A letter, digit, punctuation mark or symbol, as opposed to spaces, joiners, variation selectors and other format characters. */
const VISIBLE = /[^\p{C}\p{Z}\p{M}\u115F\u1160\u2800\u3164\uFFA0]/u;

/**
 * Finds a character that no reader can see or that changes the order of the letters around it: control characters, lone
 * surrogates, line and paragraph separators, direction controls, blank fillers, and private-use
 * characters, which the renderer uses for placeholders. Returns, for example, "the character U+202E at position 7".
 */
export function findForbidden(value: string): string | undefined {
  const found = FORBIDDEN.exec(value);
  if (!found) {
    return undefined;
  }
  const code = found[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  const position = Array.from(value.slice(0, found.index)).length + 1;
  return `the character U+${code} at position ${position}`;
}

/** Whether a reader can see anything of the text. */
export function isVisible(value: string): boolean {
  return VISIBLE.test(value);
}
