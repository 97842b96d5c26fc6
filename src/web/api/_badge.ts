import { createElement as h } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import stringWidth from 'string-width';

const HEIGHT = 28;
const PADDING = 10;
/** In pixels, of a column of text at 13 px, on the safe side: viewers use the fonts that they have. */
const COLUMN_WIDTH = 7.6;

/**
 * What readers say, as a picture for pages of the site: a label on the left, a figure on the right, in colours with
 * enough contrast.
 */
export function drawBadge(label: string, figure: string): string {
  const widths = [label, figure].map((text) => Math.ceil(stringWidth(text) * COLUMN_WIDTH) + 2 * PADDING);
  const [left = 0, right = 0] = widths;
  const picture = h(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width: left + right,
      height: HEIGHT,
      role: 'img',
      'aria-label': `${label}: ${figure}`,
    },
    h('title', null, `${label}: ${figure}`),
    h('rect', { width: left + right, height: HEIGHT, rx: 4, fill: '#14213d' }),
    h('path', {
      d: `M${left} 0h${right - 4}a4 4 0 0 1 4 4v${HEIGHT - 8}a4 4 0 0 1-4 4H${left}z`,
      fill: '#f4f1ea',
    }),
    drawText(PADDING, '#ffffff', label),
    drawText(left + PADDING, '#14213d', figure),
  );
  return renderToStaticMarkup(picture);
}

function drawText(x: number, fill: string, text: string) {
  return h('text', { x, y: 18.5, fill, fontFamily: 'system-ui,sans-serif', fontSize: 13 }, text);
}
