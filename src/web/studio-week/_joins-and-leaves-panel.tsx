import { drawChart } from '../../charts/draw-chart.ts';
import { cachePerScope } from '../../concurrency/cache.ts';
import type { Context } from '../../context.ts';
import {
  countJoinsAndLeaves,
  type DailyJoinsAndLeaves,
} from '../../subscribers/engagement/count-joins-and-leaves.ts';
import { formatDay } from '../../week.ts';

const DAYS = 14;

const cachedCharts = cachePerScope<string>({ max: 4 });

export interface JoinsAndLeaves {
  days: DailyJoinsAndLeaves[];
  svg: string;
}

export async function loadJoinsAndLeaves({ config, db, now }: Context): Promise<JoinsAndLeaves> {
  const days = await countJoinsAndLeaves(db, now(), config.timezone, DAYS);
  const svg = await cachedCharts(db, JSON.stringify(days), () => drawJoinsAndLeaves(days));
  return { days, svg };
}

/** Those who joined above the line, those who left below it. */
function drawJoinsAndLeaves(days: readonly DailyJoinsAndLeaves[]): Promise<string> {
  const most = Math.max(1, ...days.flatMap(({ joined, left }) => [joined, left]));
  return drawChart((plot) => ({
    width: 480,
    height: 120,
    margin: 0,
    x: { axis: null, padding: 0.3, domain: days.map(({ day }) => day) },
    y: { axis: null, domain: [-most, most] },
    marks: [
      plot.barY(days, { className: 'chart-joined', x: 'day', y: 'joined' }),
      plot.barY(days, { className: 'chart-left', x: 'day', y: ({ left }: DailyJoinsAndLeaves) => -left }),
      plot.ruleY([0], { className: 'chart-track', strokeWidth: 1 }),
    ],
  }));
}

/** Sign-ups and losses of the last two weeks. */
export function JoinsAndLeavesPanel({ days, svg }: JoinsAndLeaves) {
  const sum = (name: 'joined' | 'left') => days.slice(-7).reduce((total, one) => total + one[name], 0);
  return (
    <section className="sheet" aria-labelledby="joins-and-leaves">
      <h2 id="joins-and-leaves">Readers</h2>
      <p>
        In the last seven days <strong>{sum('joined')} joined</strong> and <strong>{sum('left')} left</strong>
        .
      </p>
      <figure className="chart">
        <div aria-hidden="true" dangerouslySetInnerHTML={{ __html: svg }} />
        <figcaption className="quiet">
          <span className="key-readers" aria-hidden="true">
            ■
          </span>{' '}
          joined{' '}
          <span className="key-left" aria-hidden="true">
            ■
          </span>{' '}
          left, each day since {formatDay(Temporal.PlainDate.from(days[0]?.day ?? '2026-01-01'))}
        </figcaption>
      </figure>
      <details>
        <summary>As a table</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">Day</th>
              <th scope="col">Joined</th>
              <th scope="col">Left</th>
            </tr>
          </thead>
          <tbody>
            {days.toReversed().map(({ day, joined, left }) => (
              <tr key={day}>
                <th scope="row">{day}</th>
                <td>{joined}</td>
                <td>{left}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  );
}
