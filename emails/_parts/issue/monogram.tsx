import { fonts, light, SIZES } from '../frame/theme.ts';

/** Two letters of a name in a square, in place of a picture; hidden from screen readers, which read the name beside it. */
export function Monogram({ name }: { name: string }) {
  return (
    <span
      aria-hidden="true"
      className="mono d-wash d-ink d-line"
      style={{
        display: 'inline-block',
        width: 36,
        whiteSpace: 'nowrap',
        margin: '0 8px 0 0',
        border: `1px solid ${light.line}`,
        borderRadius: 6,
        backgroundColor: light.wash,
        color: light.ink,
        fontFamily: fonts.display,
        fontSize: SIZES.small,
        lineHeight: '34px',
        fontWeight: 700,
        textAlign: 'center',
      }}
    >
      {initialsOf(name)}
    </span>
  );
}

const GRAPHEMES = new Intl.Segmenter('en');

/** The first letters of the first two words, or the first two of a single word: "Claude Opus" is CO, "Wrenstitch" Wr. */
export function initialsOf(name: string): string {
  const [first = '', second] = name.split(/[\s-]+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const letters = [...GRAPHEMES.segment(first)].map(({ segment }) => segment);
  const [other = ''] = second
    ? [...GRAPHEMES.segment(second)].map(({ segment }) => segment)
    : letters.slice(1);
  const initial = letters[0] ?? '';
  return `${initial.toUpperCase()}${second ? other.toUpperCase() : other}`;
}
