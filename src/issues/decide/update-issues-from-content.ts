import type { Actor } from '../../audit/audit-log.ts';
import type { Context } from '../../context.ts';
import type { Week } from '../../week.ts';
import { listChangedFacts } from '../facts/changed-facts.ts';
import { loadPairs } from '../facts/load-pairs.ts';
import { auditedIssueChange } from '../record/audit-issue.ts';
import { getIssue } from '../record/issue.ts';
import { holdChangedIssues } from './hold-changed-issues.ts';
import { takeNewFacts } from './take-new-facts.ts';

/** The issues that a change of the content affected. */
export interface UpdatedIssues {
  /** Drafts that were rewritten; what staff wrote was kept. */
  redrafted: Week[];
  /** Approved issues, which are now held. */
  held: Week[];
}

/** Called after staff changed the content in the studio: rewrites drafts, and holds approved issues. */
export async function updateIssuesFromContent(context: Context, actor: Actor): Promise<UpdatedIssues> {
  const { db } = context;
  const drafts = await db
    .selectFrom('issues')
    .select('week')
    .where('status', '=', 'draft')
    .orderBy('week')
    .execute();
  const redrafted: Week[] = [];
  for (const { week } of drafts) {
    const issue = await getIssue(db, week);
    const changes = await listChangedFacts(db, issue);
    const isWhole = (await loadPairs(db, issue)).every(({ facts }) => facts);
    if (changes.length > 0 && isWhole) {
      await auditedIssueChange(context, actor, 'take new facts', week, {}, () => takeNewFacts(context, week));
      redrafted.push(week);
    }
  }
  return { redrafted, held: await holdChangedIssues(context, actor) };
}
