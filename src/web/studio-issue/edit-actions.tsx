import type { Context } from '../../context.ts';
import { listAuditEntries } from '../../audit/audit-log.ts';
import { arrangeComparisons } from '../../issues/decide/arrange.ts';
import { EditConflict, editIssue, type Texts } from '../../issues/decide/edit.ts';
import { auditedIssueChange } from '../../issues/record/audit-issue.ts';
import { listEditableFields, readEditable } from '../../issues/record/edits.ts';
import { getIssue, type Issue } from '../../issues/record/issue.ts';
import { type PageContext, readField, showPage } from '../layout/page.tsx';
import { actorOf } from '../studio-shared/actor.tsx';
import { labelOf } from './_editing-panel.tsx';

/** Saves what staff wrote. If somebody else changed the issue since it was shown, nothing is written and both versions are shown. */
export async function editAction(c: PageContext) {
  const context = c.get('context');
  const issue = await getIssue(context.db, c.req.param('week') ?? '');
  const texts = await readChangedTexts(c, issue);
  const expected = await readField(c, 'expected');
  const isScript = c.req.header('accept') === 'application/json';
  try {
    if (Object.keys(texts).length > 0) {
      await auditedIssueChange(context, actorOf(c), 'edit', issue.week, {}, () =>
        editIssue(context, issue.week, texts, expected || undefined),
      );
    }
  } catch (error) {
    if (!(error instanceof EditConflict)) {
      throw error;
    }
    return isScript ? c.json({ problem: error.message }, 409) : showConflict(c, issue, texts);
  }
  const { content_hash } = await getIssue(context.db, issue.week);
  return isScript ? c.json({ content_hash }) : c.redirect(`/studio/issues/${issue.week}#editing`, 303);
}

export async function arrangeAction(c: PageContext) {
  const context = c.get('context');
  const { week } = await getIssue(context.db, c.req.param('week') ?? '');
  const order = [await readField(c, 'order'), await readField(c, 'add')].join(' ').trim();
  const expected = await readField(c, 'expected');
  await auditedIssueChange(context, actorOf(c), 'arrange', week, { order }, () =>
    arrangeComparisons(context, week, order.split(/\s+/), expected || undefined),
  );
  return c.redirect(`/studio/issues/${week}#comparisons`, 303);
}

/** The fields that were changed: a form also says what it showed. */
async function readChangedTexts(c: PageContext, issue: Issue): Promise<Texts> {
  const form = await c.req.parseBody();
  const fields = listEditableFields(issue.content).filter((field) => field in form);
  const texts = await Promise.all(
    fields.map(
      async (field) => [field, await readField(c, field), await readField(c, `was:${field}`)] as const,
    ),
  );
  return Object.fromEntries(
    texts
      .filter(([field, text, was]) => text !== was || !(`was:${field}` in form))
      .map(([field, text]) => [field, text]),
  );
}

async function showConflict(c: PageContext, issue: Issue, texts: Texts) {
  const context = c.get('context');
  const who = await describeLastChange(context, issue);
  const mine = Object.entries(texts);
  const children = (
    <div className="sheet">
      <p className="kicker">
        {issue.week} · issue {issue.number}
      </p>
      <h1>Somebody else was faster</h1>
      <p role="alert">{who} Nothing of yours has been saved yet.</p>
      <table className="even">
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">As it is now</th>
            <th scope="col">Yours</th>
          </tr>
        </thead>
        <tbody>
          {mine.map(([field, text]) => (
            <tr key={field}>
              <th scope="row">{labelOf(issue, field as keyof Texts)}</th>
              <td>{readEditable(issue.content, field as keyof Texts) || '—'}</td>
              <td>{text || '—'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <form method="post" action={`/studio/issues/${issue.week}/edit`} className="row">
        <input type="hidden" name="expected" value={issue.content_hash} />
        {mine.map(([field, text]) => (
          <input key={field} type="hidden" name={field} value={text} />
        ))}
        <button type="submit">Save mine</button>
        <a className="button plain" href={`/studio/issues/${issue.week}#editing`}>
          Keep it as it is now
        </a>
      </form>
    </div>
  );
  return showPage(c, { title: 'Somebody else was faster', children }, 409);
}

async function describeLastChange({ db }: Context, { week }: Issue): Promise<string> {
  const [last] = await listAuditEntries(db, 1, { week });
  return last
    ? `${last.actor} changed this issue (${last.action}) at ${last.at.toISOString().slice(11, 16)} UTC, after you opened it.`
    : 'The issue was changed after you opened it.';
}
