/** A text in which no score, such as 3–2, is broken over two lines. */
export function Scores({ text }: { text: string }) {
  return text.split(/(\d+–\d+)/).map((piece, index) =>
    index % 2 === 1 ? (
      <span key={index} style={{ whiteSpace: 'nowrap' }}>
        {piece}
      </span>
    ) : (
      piece
    ),
  );
}
