import { fileURLToPath } from 'node:url';
import { Resvg, type ResvgRenderOptions } from '@resvg/resvg-js';

export const FONT_FAMILY = 'Source Serif 4';

export const PICTURE_OPTIONS: ResvgRenderOptions = {
  font: {
    fontFiles: ['400Regular/SourceSerif4_400Regular.ttf', '700Bold/SourceSerif4_700Bold.ttf'].map((file) =>
      fileURLToPath(import.meta.resolve(`@expo-google-fonts/source-serif-4/${file}`)),
    ),
    // For names in scripts that the font does not cover.
    loadSystemFonts: true,
    defaultFontFamily: FONT_FAMILY,
  },
};

/** Characters that the bundled font has for certain. */
const CERTAINLY_DRAWN = /[\u0020-\u007E\u00A0-\u017F\u2010-\u2026\u20AC]/;
/** A code point that no font has (Unicode's noncharacters). */
const DRAWN_BY_NO_FONT = '\u{FFFFE}';

const knownAsDrawn = new Set<string>();

/**
 * The characters of a text that neither the bundled font nor any font on this machine has: they would be drawn as
 * boxes. Found by drawing them, since the renderer does not say.
 */
export function listUndrawable(text: string): string[] {
  const uncertain = [...new Set(Array.from(text))].filter(
    (character) => !CERTAINLY_DRAWN.test(character) && !/[\p{Cf}\p{M}\s]/u.test(character),
  );
  const unknown = uncertain.filter((character) => !knownAsDrawn.has(character));
  if (unknown.length === 0) {
    return [];
  }
  const box = draw(DRAWN_BY_NO_FONT);
  const missing = unknown.filter((character) => draw(character).equals(box));
  // A font may be installed later, so only characters that can be drawn are remembered.
  unknown
    .filter((character) => !missing.includes(character))
    .forEach((character) => knownAsDrawn.add(character));
  return missing;
}

function draw(character: string): Buffer {
  const escaped = `&#x${character.codePointAt(0)!.toString(16)};`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40" font-family="${FONT_FAMILY}"><text x="10" y="30" font-size="20">${escaped}</text></svg>`;
  return Buffer.from(new Resvg(svg, PICTURE_OPTIONS).render().pixels);
}
