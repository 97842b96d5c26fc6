import { recordAudit } from '../../audit/audit-log.ts';
import type { ContentDocument } from '../../comparisons/parse/read-content.ts';
import {
  describeReport,
  importContent,
  type ImportOptions,
  type ImportResult,
} from '../../comparisons/store/import-content.ts';
import {
  type UpdatedIssues,
  updateIssuesFromContent,
} from '../../issues/decide/update-issues-from-content.ts';
import type { PageContext } from '../layout/page.tsx';
import { actorOf } from '../studio-shared/actor.tsx';

/** What the import would do. Throws an AppError that lists every problem. */
export function planContent(c: PageContext, document: ContentDocument): Promise<ImportResult> {
  return importContent(c.get('context').db, document, { dryRun: true, isFromBrowser: true });
}

/** Imports the document, records the change, and redrafts or holds the issues that it affects. */
export async function applyContent(
  c: PageContext,
  document: ContentDocument,
  checks: Pick<ImportOptions, 'check' | 'checkChanges'>,
): Promise<UpdatedIssues> {
  const context = c.get('context');
  const by = actorOf(c);
  const report = await importContent(context.db, document, {
    dryRun: false,
    isFromBrowser: true,
    by,
    ...checks,
  });
  const slugs = report.changes.map(({ slug }) => slug).slice(0, 20);
  await recordAudit(context, by, {
    action: 'change content',
    request: { ...describeReport(report), slugs: slugs.join(', ') },
  });
  return updateIssuesFromContent(context, by);
}

/** What became of issues, as parameters of the next page's URL; `describeUpdatedIssues` says it there in words. */
export function queryOf({ redrafted, held }: UpdatedIssues): string {
  return new URLSearchParams({ redrafted: redrafted.join(' '), held: held.join(' ') }).toString();
}

export function describeUpdatedIssues(c: PageContext): string | undefined {
  const [redrafted, held] = [c.req.query('redrafted'), c.req.query('held')];
  if (redrafted === undefined && held === undefined) {
    return undefined;
  }
  const sentences = [
    'Saved.',
    redrafted ? `The draft of ${redrafted} has the new facts.` : '',
    held ? `The approved issue of ${held} is held and shows the difference.` : '',
  ];
  return sentences.filter(Boolean).join(' ');
}
