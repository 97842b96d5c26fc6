import { drawChart } from '../../../src/charts/draw-chart.ts';

interface Line {
  name: string;
  /** In percentage points, one for each share of scanned mailboxes. */
  errors: readonly number[];
}

const COLOURS = ['#a33', '#c60', '#a80', '#759', '#357', '#0b6b45'];
const KEY_LINE_HEIGHT = 20;

/** How far the shown share of Ship is off, by the share of mailboxes that are scanned. */
export function plotErrors(shares: readonly number[], lines: readonly Line[]): Promise<string> {
  const points = lines.flatMap(({ name, errors }) =>
    errors.map((error, index) => ({ name, error, share: shares[index] ?? 0 })),
  );
  const colours = new Map(lines.map(({ name }, index) => [name, COLOURS[index] ?? '#333']));
  // In the order in which the lines end.
  const key = lines.toSorted((a, b) => (b.errors.at(-1) ?? 0) - (a.errors.at(-1) ?? 0));
  return drawChart(
    (plot) => ({
      width: 760,
      height: 400,
      marginTop: 40,
      marginBottom: 50,
      marginRight: 290,
      ariaLabel: 'Error of the shown share, by share of scanned mailboxes',
      x: { type: 'point', label: '% of mailboxes scanned', labelAnchor: 'center' },
      y: { label: 'Shown share of Ship: points off what people said', grid: true, nice: true },
      color: { domain: [...colours.keys()], range: [...colours.values()] },
      marks: [
        plot.lineY(points, { x: 'share', y: 'error', stroke: 'name', strokeWidth: 2.5 }),
        ...key.map(({ name }, index) =>
          plot.text([name], {
            text: [name],
            fill: colours.get(name) ?? '#333',
            frameAnchor: 'top-right',
            textAnchor: 'start',
            fontSize: 13,
            dx: 12,
            dy: index * KEY_LINE_HEIGHT,
          }),
        ),
      ],
    }),
    { background: '#fff' },
  );
}
