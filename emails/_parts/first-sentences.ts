/** As many whole sentences as fit; a first sentence that is longer itself is cut at a word, with an ellipsis. */
export function firstSentences(text: string, maxCharacters: number): string {
  const sentences = [...new Intl.Segmenter('en', { granularity: 'sentence' }).segment(text)].map(
    (part) => part.segment,
  );
  let taken = '';
  for (const sentence of sentences) {
    if ((taken + sentence).trim().length > maxCharacters) {
      break;
    }
    taken += sentence;
  }
  return taken.trim() || `${text.slice(0, maxCharacters).replace(/[\s,;:—–-]+\S*$/, '')}…`;
}
