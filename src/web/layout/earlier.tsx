import { parseWeek, type Week } from '../../week.ts';
import type { PageContext } from './page.tsx';

/** The week before which a page of issues ends; undefined for the newest. Throws an AppError if `before` is not a valid week. */
export function readBefore(c: PageContext): Week | undefined {
  const text = c.req.query('before');
  return text === undefined ? undefined : parseWeek(text);
}

interface EarlierProps {
  path: string;
  /** What the pages list, such as "issues". */
  what: string;
  before: Week | undefined;
  /** The week of the last issue on this page, if there are earlier ones. */
  last: Week | undefined;
}

/** Links from one page of issues to the others. */
export function Earlier({ path, what, before, last }: EarlierProps) {
  return before || last ? (
    <nav aria-label="Pages" className="pages">
      <ul>
        {before ? (
          <li>
            <a href={path}>Newest {what}</a>
          </li>
        ) : null}
        {last ? (
          <li>
            <a href={`${path}?before=${last}`} rel="next">
              Earlier {what}
            </a>
          </li>
        ) : null}
      </ul>
    </nav>
  ) : null;
}
