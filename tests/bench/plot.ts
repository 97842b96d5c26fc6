import { drawChart } from '../../src/charts/draw-chart.ts';

export interface Growth {
  readers: number;
  /** CPU time per recipient. */
  cpu_ms: number;
  wall_ms: number;
  memory_mb: number;
  prepare_ms: number;
  bare_ms: number;
}

const GOAL = '#a33';
const MEASURED = '#0b6b45';

/** Name, value, digits and goal of each panel. */
const PANELS: readonly [string, (growth: Growth) => number, number, number][] = [
  ['CPU of the sender per recipient, ms', ({ cpu_ms }) => cpu_ms, 3, 0.1],
  ['Peak memory above the idle process, MB', ({ memory_mb }) => memory_mb, 0, 32],
  ['prepare ÷ a bare insert … select', ({ prepare_ms, bare_ms }) => prepare_ms / bare_ms, 2, 2],
];

/** Panels below each other with the same axis of readers; each goal is a dashed line. */
export function plotGrowth(growth: readonly Growth[]): Promise<string> {
  const points = PANELS.flatMap(([panel, valueOf, digits, goal]) =>
    growth.map((row) => ({
      panel,
      readers: row.readers,
      // All panels have the same scale: values are shown as multiples of their goals.
      value: valueOf(row) / goal,
      label: valueOf(row).toFixed(digits),
    })),
  );
  return drawChart(
    (plot) => ({
      width: 640,
      height: 620,
      marginTop: 40,
      marginLeft: 40,
      marginRight: 60,
      ariaLabel: 'Sending from 1,000 to 1,000,000 readers',
      x: { type: 'log', label: 'readers', tickFormat: ',d', ticks: growth.map(({ readers }) => readers) },
      y: { axis: null, domain: [0, 2.7] },
      fy: { label: null, axis: null, domain: PANELS.map(([panel]) => panel), padding: 0.15 },
      marks: [
        plot.text(PANELS, {
          fy: ([panel]: (typeof PANELS)[number]) => panel,
          text: ([panel]: (typeof PANELS)[number]) => panel,
          frameAnchor: 'top-left',
          fontWeight: 'bold',
          fontSize: 13,
        }),
        plot.ruleY([1], { stroke: GOAL, strokeDasharray: '5 4' }),
        plot.text(PANELS, {
          fy: ([panel]: (typeof PANELS)[number]) => panel,
          text: ([, , , goal]: (typeof PANELS)[number]) => `goal ${goal}`,
          y: () => 1,
          frameAnchor: 'right',
          textAnchor: 'start',
          dx: 6,
          fill: GOAL,
        }),
        plot.lineY(points, { fy: 'panel', x: 'readers', y: 'value', stroke: MEASURED, strokeWidth: 2.5 }),
        plot.dot(points, { fy: 'panel', x: 'readers', y: 'value', fill: MEASURED, r: 4 }),
        plot.text(points, { fy: 'panel', x: 'readers', y: 'value', text: 'label', dy: -12, fontSize: 12 }),
      ],
    }),
    { background: '#fff' },
  );
}
