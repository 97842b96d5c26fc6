const RIGHT_TO_LEFT =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}\p{Script=Samaritan}\p{Script=Mandaic}]/u;
const LEFT_TO_RIGHT_MARK = '\u200E';

/**
 * Marks a name so that an English sentence continues from left to right after it: without the mark, a score right after a name in
 * Arabic or Hebrew is shown backwards, "3–4" for "4–3" (Unicode Standard Annex 9, rule W7). Other names stay as they are. Unlike
 * isolates, the mark is allowed in a subject, and leaves nothing open where a text is cut.
 */
export function endLeftToRight(name: string): string {
  const bare = withoutMarks(name);
  return RIGHT_TO_LEFT.test(bare) ? `${bare}${LEFT_TO_RIGHT_MARK}` : bare;
}

export function withoutMarks(text: string): string {
  return text.replaceAll(LEFT_TO_RIGHT_MARK, '');
}
