/** Not a part of another number, as in a price of 4.99–9.99. */
const SCORE = /((?<![\d.,])\d+–\d+(?![\d%]|[.,]\d))/;

/** A text in which no score, such as 3–2, is broken over two lines. */
export function Scores({ text }: { text: string }) {
  return text.split(SCORE).map((piece, index) =>
    index % 2 === 1 ? (
      <span key={index} style={{ whiteSpace: 'nowrap' }}>
        {piece}
      </span>
    ) : (
      piece
    ),
  );
}
