import type { PlotOptions } from '@observablehq/plot';

type Plot = typeof import('@observablehq/plot');

/**
 * A chart as the text of an SVG element, without inline styles: pages style it by the class names of its marks; a
 * stand-alone file needs a `background`. Plot and its DOM are loaded on first use, which takes about half a second.
 */
export async function drawChart(
  describe: (plot: Plot) => PlotOptions,
  { background }: { background?: string } = {},
): Promise<string> {
  const [plot, { parseHTML }] = await Promise.all([import('@observablehq/plot'), import('linkedom')]);
  const { document } = parseHTML('<html></html>');
  const svg = plot.plot({ ...describe(plot), document }) as unknown as Element;
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.querySelector('style')?.remove();
  if (background) {
    svg.insertAdjacentHTML('afterbegin', `<rect width="100%" height="100%" fill="${background}"/>`);
  }
  return svg.outerHTML;
}

/** The part of the DOM that is used here of the elements that Plot makes. */
interface Element {
  outerHTML: string;
  insertAdjacentHTML: (position: 'afterbegin', html: string) => void;
  setAttribute: (name: string, value: string) => void;
  querySelector: (selector: string) => { remove: () => void } | null;
}
