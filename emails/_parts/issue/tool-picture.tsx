import type { CSSProperties } from 'react';
import type { PictureContent, ToolContent } from '../content/content.ts';
import { fonts, light, SIZES } from '../frame/theme.ts';

const SIDE = 36;

const square: CSSProperties = {
  display: 'inline-block',
  width: SIDE,
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
};

/** The tool's own picture, or the first letters of its name if it has none or where images are blocked. */
export function ToolPicture({ tool, picturesUrl }: { tool: ToolContent; picturesUrl: string }) {
  const letters = initialsOf(tool.name);
  return tool.picture ? (
    <Picture picture={tool.picture} picturesUrl={picturesUrl} letters={letters} />
  ) : (
    // Screen readers read the name beside it.
    <span aria-hidden="true" className="mono d-wash d-ink d-line" style={{ ...square, whiteSpace: 'nowrap' }}>
      {letters}
    </span>
  );
}

interface PictureProps {
  picture: PictureContent;
  picturesUrl: string;
  letters: string;
}

/**
 * The wrapper describes it to screen readers, so that `alt` can be the letters that are shown where images are blocked: a
 * description would not fit. The background is light, for clients in dark mode that do not support `<picture>`.
 */
function Picture({ picture, picturesUrl, letters }: PictureProps) {
  return (
    <span role="img" aria-label={picture.alt}>
      <picture>
        {picture.dark === null ? null : (
          <source srcSet={`${picturesUrl}/${picture.dark}`} media="(prefers-color-scheme: dark)" />
        )}
        <img
          src={`${picturesUrl}/${picture.light}`}
          alt={letters}
          width={SIDE}
          height={SIDE}
          className="mono d-line"
          style={{ ...square, height: SIDE, verticalAlign: 'middle' }}
        />
      </picture>
    </span>
  );
}

const GRAPHEMES = new Intl.Segmenter('en');

/** The first letters of the first two words, or the first two of a single word: "Claude Opus" is CO, "Wrenstitch" Wr; an emoji as it is. */
export function initialsOf(name: string): string {
  const [first = name.trim(), second] = name.split(/[\s-]+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const letters = [...GRAPHEMES.segment(first)].map(({ segment }) => segment);
  if (!/[\p{L}\p{N}]/u.test(first)) {
    return letters[0] ?? '';
  }
  const [other = ''] = second
    ? [...GRAPHEMES.segment(second)].map(({ segment }) => segment)
    : letters.slice(1);
  const initial = letters[0] ?? '';
  return `${initial.toUpperCase()}${second ? other.toUpperCase() : other}`;
}
