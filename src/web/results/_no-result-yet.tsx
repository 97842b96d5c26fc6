import { findIssue } from '../../issues/record/issue.ts';
import { parseWeek } from '../../week.ts';
import { type PageContext, showPage } from '../layout/page.tsx';

/** For an issue that went out and has no result yet; `slug` is one of its comparisons, if the page is about one. */
export async function showNoResultYet(c: PageContext, slug?: string) {
  const issue = await findIssue(c.get('context').db, parseWeek(c.req.param('week') ?? ''));
  const comparisons = issue ? [issue.content.lead, ...issue.content.more] : [];
  if (!issue?.prepared_at || (slug !== undefined && !comparisons.some((one) => one.slug === slug))) {
    return c.notFound();
  }
  const title = issue.voting_closed_at ? 'Votes are being counted' : 'Voting is open';
  const children = (
    <div className="sheet narrow">
      <h1>{title}</h1>
      <p>
        {issue.voting_closed_at
          ? `Voting on issue ${issue.number} is over. The result appears here in a moment.`
          : `Readers of issue ${issue.number} are voting. The result appears here when voting closes, so that nobody just follows the crowd.`}
      </p>
      <p>
        <a href={`/issues/${issue.week}`}>Read issue {issue.number}</a>
      </p>
    </div>
  );
  return showPage(c, { title, children });
}
