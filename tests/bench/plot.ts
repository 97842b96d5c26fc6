export interface Growth {
  readers: number;
  /** Per recipient. */
  cpu_ms: number;
  wall_ms: number;
  memory_mb: number;
  prepare_ms: number;
  bare_ms: number;
}

const WIDTH = 640;
const PANEL = 200;
const LEFT = 90;
const RIGHT = 44;
const TOP = 54;

interface Panel {
  title: string;
  unit: string;
  max: number;
  goal: number;
  valueOf: (growth: Growth) => number;
}

/** Three small charts over the same axis of readers, each with its goal as a dashed line. */
export function plotGrowth(growth: readonly Growth[]): string {
  const panels: Panel[] = [
    {
      title: 'CPU of the sender per recipient',
      unit: 'ms',
      max: 0.16,
      goal: 0.1,
      valueOf: (row) => row.cpu_ms,
    },
    {
      title: 'Peak memory above the idle process',
      unit: 'MB',
      max: 60,
      goal: 32,
      valueOf: (row) => row.memory_mb,
    },
    {
      title: 'prepare, in times of a bare insert … select',
      unit: '×',
      max: 5,
      goal: 2,
      valueOf: (row) => row.prepare_ms / row.bare_ms,
    },
  ];
  const height = panels.length * PANEL + 20;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="Sending from 1,000 to 1,000,000 readers">
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
${panels.map((panel, index) => drawPanel(panel, growth, index * PANEL)).join('\n')}
</svg>
`;
}

function drawPanel(
  { title, unit, max, goal, valueOf }: Panel,
  growth: readonly Growth[],
  top: number,
): string {
  const bottom = top + PANEL - 30;
  const x = (readers: number) => LEFT + ((Math.log10(readers) - 3) / 3) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => bottom - (Math.min(value, max) / max) * (PANEL - 30 - TOP);
  const points = growth.map((row) => ({ at: x(row.readers), value: valueOf(row), readers: row.readers }));
  return [
    `<text x="16" y="${top + 24}" font-weight="bold" fill="#1c1c1c">${title}</text>`,
    `<line x1="${LEFT}" y1="${bottom}" x2="${WIDTH - RIGHT}" y2="${bottom}" stroke="#777"/>`,
    `<line x1="${LEFT}" y1="${y(goal)}" x2="${WIDTH - RIGHT}" y2="${y(goal)}" stroke="#a33" stroke-dasharray="5 4"/>`,
    `<text x="${LEFT - 8}" y="${y(goal) + 4}" text-anchor="end" fill="#a33">goal ${goal} ${unit}</text>`,
    `<polyline fill="none" stroke="#0b6b45" stroke-width="2.5" points="${points.map(({ at, value }) => `${at},${y(value)}`).join(' ')}"/>`,
    ...points.map(
      ({ at, value, readers }) =>
        `<circle cx="${at}" cy="${y(value)}" r="4" fill="#0b6b45"/><text x="${at}" y="${y(value) - 9}" text-anchor="middle" fill="#1c1c1c">${value.toFixed(unit === 'ms' ? 3 : unit === 'MB' ? 0 : 2)}</text>` +
        `<text x="${at}" y="${bottom + 17}" text-anchor="middle" fill="#555">${readers.toLocaleString('en')}</text>`,
    ),
  ].join('\n');
}
