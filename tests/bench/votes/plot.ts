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
  // In the order of the lines' ends.
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

export interface Stuffed {
  name: string;
  /** Percentage points by which a stuffer moves the shown share. */
  ours: number;
  /** The same if all of the stuffer's votes counted. */
  counted: number;
  /** The same for other policies, in words; most of what they show comes from scanners anyway. */
  others: readonly string[];
}

/** How far a hundred mailboxes move the shown share, by how the stuffer obtained them. */
export function plotStuffers(stuffed: readonly Stuffed[]): Promise<string> {
  const bars = stuffed.flatMap(({ name, ours, counted }) => [
    { name, policy: 'ours', points: ours },
    { name, policy: 'if all counted', points: counted },
  ]);
  return drawChart(
    (plot) => ({
      width: 760,
      height: 420,
      marginLeft: 110,
      marginRight: 120,
      marginTop: 40,
      ariaLabel: 'Points that a hundred mailboxes of a stuffer move the shown share',
      x: { label: 'Shown share of Ship: points moved', grid: true, nice: true },
      y: { axis: null, domain: ['ours', 'if all counted'] },
      fy: { label: null, domain: stuffed.map(({ name }) => name) },
      color: { domain: ['ours', 'if all counted'], range: ['#0b6b45', '#c60'], legend: false },
      marks: [
        plot.barX(bars, { x: 'points', y: 'policy', fy: 'name', fill: 'policy' }),
        plot.text(bars, {
          x: 'points',
          y: 'policy',
          fy: 'name',
          text: ({ policy, points }: (typeof bars)[number]) => `${points.toFixed(2)} ${policy}`,
          textAnchor: 'start',
          dx: 5,
          fontSize: 12,
        }),
        plot.axisFy({ anchor: 'left', label: null, fontSize: 13 }),
      ],
    }),
    { background: '#fff' },
  );
}
