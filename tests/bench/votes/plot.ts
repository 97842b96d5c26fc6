interface Line {
  name: string;
  /** In points of per cent, one for each share of scanned mailboxes. */
  errors: readonly number[];
}

const WIDTH = 760;
const HEIGHT = 400;
const LEFT = 60;
const RIGHT = 300;
const TOP = 50;
const BOTTOM = 60;
const MAX = 70;
const COLOURS = ['#a33', '#c60', '#a80', '#759', '#357', '#0b6b45'];

/** How far the shown share of Ship is off, by the share of mailboxes that are scanned. */
export function plotErrors(shares: readonly number[], lines: readonly Line[]): string {
  const x = (index: number) => LEFT + (index / (shares.length - 1)) * (WIDTH - LEFT - RIGHT);
  const y = (error: number) => HEIGHT - BOTTOM - (error / MAX) * (HEIGHT - TOP - BOTTOM);
  const labels = spread(lines.map(({ errors }) => y(errors.at(-1) ?? 0) + 4));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="Error of the shown share, by share of scanned mailboxes">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="16" y="24" font-weight="bold" fill="#1c1c1c">Shown share of Ship: points off what people said</text>
${[0, 20, 40, 60].map((error) => `<line x1="${LEFT}" y1="${y(error)}" x2="${WIDTH - RIGHT}" y2="${y(error)}" stroke="#ddd"/><text x="${LEFT - 8}" y="${y(error) + 4}" text-anchor="end" fill="#555">${error}</text>`).join('\n')}
${shares.map((share, index) => `<text x="${x(index)}" y="${HEIGHT - BOTTOM + 20}" text-anchor="middle" fill="#555">${share} %</text>`).join('\n')}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 14}" text-anchor="middle" fill="#555">of mailboxes scanned</text>
${lines
  .map(({ name, errors }, line) => {
    const colour = COLOURS[line] ?? '#333';
    const points = errors.map((error, index) => `${x(index)},${y(error)}`).join(' ');
    return `<polyline fill="none" stroke="${colour}" stroke-width="2.5" points="${points}"/><text x="${WIDTH - RIGHT + 10}" y="${labels[line]}" fill="${colour}">${name}</text>`;
  })
  .join('\n')}
</svg>
`;
}

/** Labels that would lie on one another are moved apart. */
function spread(heights: readonly number[]): number[] {
  const places = heights.map((height, index) => ({ height, index })).toSorted((a, b) => b.height - a.height);
  let last = Number.POSITIVE_INFINITY;
  for (const place of places) {
    place.height = Math.min(place.height, last - 16);
    last = place.height;
  }
  return places.toSorted((a, b) => a.index - b.index).map(({ height }) => height);
}
