import { drawChart } from '../../../src/charts/draw-chart.ts';

interface Line {
  name: string;
  /** In percentage points, one for each share of scanned mailboxes. */
  errors: readonly number[];
}

const COLOURS = ['#a33', '#c60', '#a80', '#759', '#357', '#0b6b45'];

/** How far the shown share of Ship is off, by the share of mailboxes that are scanned. */
export function plotErrors(shares: readonly number[], lines: readonly Line[]): Promise<string> {
  const points = lines.flatMap(({ name, errors }) =>
    errors.map((error, index) => ({ name, error, share: shares[index] ?? 0 })),
  );
  return drawChart(
    (plot) => ({
      width: 760,
      height: 400,
      marginTop: 40,
      marginBottom: 50,
      marginRight: 300,
      ariaLabel: 'Error of the shown share, by share of scanned mailboxes',
      x: { label: '% of mailboxes scanned', ticks: [...shares] },
      y: { label: 'Shown share of Ship: points off what people said', grid: true, nice: true },
      color: { domain: lines.map(({ name }) => name), range: COLOURS },
      marks: [
        plot.lineY(points, { x: 'share', y: 'error', stroke: 'name', strokeWidth: 2.5 }),
        plot.text(
          points,
          plot.dodgeY(
            plot.selectLast({
              x: 'share',
              y: 'error',
              z: 'name',
              text: 'name',
              fill: 'name',
              textAnchor: 'start',
              dx: 8,
            }),
          ),
        ),
      ],
    }),
    { background: '#fff' },
  );
}
