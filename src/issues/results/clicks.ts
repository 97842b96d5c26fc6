import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Db } from '../../database/connect.ts';
import type { Row } from '../../database/schema.ts';
import type { Ballot } from '../../links/tokens.ts';
import { findBallot } from '../../votes/ballot/ballot.ts';
import { gestureWithoutJudge } from '../../votes/ballot/vote-gesture.ts';
import { findIssueById, type Issue } from '../record/issue.ts';

export interface LinkClicks {
  /** A path on our site, without its first slash, such as `comparisons/a-vs-b`. */
  link: string;
  people: number;
  machines: number;
}

/**
 * Counts a click on a link of an issue, without recording whose it was. It counts as a machine's if it was not a browser's
 * navigation, or if it came so soon after delivery that it may be the mail host's, which is known to open links by
 * itself. Only the issue's own links are counted.
 */
export async function countClick(
  context: Context,
  ids: Ballot,
  link: string,
  isNavigation: boolean,
): Promise<void> {
  const { db, config, now } = context;
  const issue = await findIssueById(db, ids.issue_id);
  const ballot = await findBallot(context, ids);
  if (!issue || !ballot || !listLinks(issue.content).includes(link)) {
    return;
  }
  const visit = {
    mail_class: ballot.mail_class,
    arrived_at: ballot.arrived_at,
    is_remembered: false,
  };
  const isMachine = !isNavigation || gestureWithoutJudge(visit, now(), config.judging) === 'press';
  await db
    .insertInto('issue_clicks')
    .values({ issue_id: ids.issue_id, link, made_by: isMachine ? 'machine' : 'person', clicks: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(['issue_id', 'link', 'made_by'])
        .doUpdateSet(({ eb, ref }) => ({ clicks: eb(ref('issue_clicks.clicks'), '+', 1) })),
    )
    .execute();
}

/** Clicks on each link that was followed, in the order of the mail; by the issue's id. */
export async function listClicks(
  db: Db,
  issues: readonly Pick<Issue, 'id' | 'content'>[],
): Promise<Map<number, LinkClicks[]>> {
  const { rows } = await sql<Row<'issue_clicks'>>`
    select * from issue_clicks where issue_id = any(${issues.map(({ id }) => id)})`.execute(db);
  return new Map(
    issues.map(({ id, content }) => {
      const clicksOf = (link: string, by: 'person' | 'machine') =>
        rows.find((row) => row.issue_id === id && row.link === link && row.made_by === by)?.clicks ?? 0;
      const clicks = listLinks(content)
        .map((link) => ({ link, people: clicksOf(link, 'person'), machines: clicksOf(link, 'machine') }))
        .filter(({ people, machines }) => people + machines > 0);
      return [id, clicks];
    }),
  );
}

/** The links of an issue whose clicks are counted, in the order of the mail. */
function listLinks({ lead, more, recap }: Issue['content']): string[] {
  return [
    ...(recap ? [`results/${recap.week}`] : []),
    ...[lead, ...more].map(({ slug }) => `comparisons/${slug}`),
    'issues',
  ];
}
