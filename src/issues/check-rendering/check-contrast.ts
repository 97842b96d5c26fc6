import type { Finding } from '../finding/finding.ts';
import { listVisibleTexts, type VisibleText } from '../finding/visible-text.ts';

interface TextStyle {
  color: string;
  background: string;
  size: number;
  is_bold: boolean;
}

const BOLD = new Set(['strong', 'b', 'th', 'h1', 'h2', 'h3', 'h4']);
const DEFAULT_STYLE: TextStyle = { color: '#000000', background: '#ffffff', size: 16, is_bold: false };

/**
 * Checks the contrast of every text with its background, in the light and the dark colours of the mail (WCAG 2.2,
 * 1.4.3).
 */
export function checkContrast(html: string): Finding[] {
  const dark = readDarkRules(html);
  const texts = listVisibleTexts(html);
  const found = [
    ...texts.flatMap((text) => checkText(text, new Map(), 'light')),
    ...texts.flatMap((text) => checkText(text, dark, 'dark')),
  ];
  return [...new Map(found.map((finding) => [finding.what, finding])).values()];
}

type Rules = ReadonlyMap<string, Partial<Pick<TextStyle, 'color' | 'background'>>>;

function readDarkRules(html: string): Rules {
  const [, block = ''] = /@media \(prefers-color-scheme:dark\)\{((?:[^{}]*\{[^{}]*\})*)\}/.exec(html) ?? [];
  const rules = new Map<string, Partial<Pick<TextStyle, 'color' | 'background'>>>();
  for (const [, name = '', property = '', value = ''] of block.matchAll(
    /\.([\w-]+)\{(color|background-color):(#[0-9a-f]{6})!important\}/g,
  )) {
    const rule = property === 'color' ? { color: value } : { background: value };
    rules.set(name, { ...rules.get(name), ...rule });
  }
  return rules;
}

function checkText({ text, path }: VisibleText, rules: Rules, scheme: string): Finding[] {
  const style = path.reduce((outer, element) => styleOf(outer, element, rules), DEFAULT_STYLE);
  // Large text: at least 24 px, or 18.66 px and bold.
  const isLarge = style.size >= 24 || (style.is_bold && style.size >= 18.66);
  const ratio = contrastOf(style.color, style.background);
  return ratio < (isLarge ? 3 : 4.5)
    ? [
        {
          check: 'contrast',
          what: `${style.color} on ${style.background} has a contrast of ${ratio.toFixed(1)}:1 in the ${scheme} colours`,
          where: `“${text.slice(0, 40).toWellFormed()}”`,
          fix: `at least ${isLarge ? 3 : 4.5}:1 is needed, so choose another pair from the theme`,
        },
      ]
    : [];
}

function styleOf(outer: TextStyle, { name, attribs }: VisibleText['path'][number], rules: Rules): TextStyle {
  const inline = new Map(
    (attribs.style ?? '').split(';').map((declaration) => {
      const [property = '', value = ''] = declaration.split(':');
      return [property.trim(), value.trim()] as const;
    }),
  );
  const own = (attribs.class ?? '').split(' ').reduce((all, one) => ({ ...all, ...rules.get(one) }), {});
  const weight = Number(inline.get('font-weight') ?? (BOLD.has(name) ? 700 : Number.NaN));
  return {
    color: inline.get('color') ?? outer.color,
    background: inline.get('background-color') ?? outer.background,
    size: Number.parseFloat(inline.get('font-size') ?? String(outer.size)),
    is_bold: Number.isNaN(weight) ? outer.is_bold : weight >= 700,
    ...own,
  };
}

function contrastOf(one: string, other: string): number {
  const [lighter = 0, darker = 0] = [luminanceOf(one), luminanceOf(other)].toSorted((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}

/** Relative luminance of `#rrggbb` (WCAG 2.2). */
function luminanceOf(color: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((start) => {
    const channel = Number.parseInt(color.slice(start, start + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
