import type { Db, Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { recordAudit } from '../../audit/audit-log.ts';
import { setPin } from '../../issues/choose/pins.ts';
import { type PageContext, showPage } from '../layout/page.tsx';
import { readField, readForm } from '../request/read-form.ts';
import { actorOf } from '../studio-shared/actor.tsx';
import { StudioNav } from '../studio-shared/studio-nav.tsx';
import { applyContent, describeUpdatedIssues, queryOf } from './_apply-content.ts';
import { ItemHistory } from './_changes-view.tsx';
import { documentOf } from './_content-document.ts';
import { CONTENT_KINDS, type ContentKind, loadItem, readKind, type Values } from './_content-kinds.ts';
import { ItemForm } from './_item-form.tsx';
import { oneLine, readFilledForm, type BaseHashes, baseHashesOf } from './_merge-item.ts';
import { showPin } from './_pin-form.tsx';

const MAX_HISTORY = 50;
const SLUG = /^[a-z0-9][a-z0-9-]{0,99}$/;

/** One tool, comparison or reviewer: its form and its history. */
export async function itemPage(c: PageContext) {
  const { db, config } = c.get('context');
  const kind = readKind(c.req.param('kind'));
  const slug = c.req.param('slug') ?? '';
  const item = kind && (await loadItem(db, kind, slug, config.timezone));
  return kind && item
    ? showItem(c, kind, { slug, values: item.values, revision: item.revision, problems: [] })
    : c.notFound();
}

export function newItemPage(c: PageContext) {
  const kind = readKind(c.req.param('kind'));
  return kind ? showItem(c, kind, { slug: undefined, values: {}, revision: '', problems: [] }) : c.notFound();
}

/**
 * Saves by the import's rules; what is wrong is shown at its field, with everything that was typed. What somebody else has
 * saved meanwhile stays, and is asked about where both have changed one field.
 */
export async function saveItem(c: PageContext) {
  const { db, config } = c.get('context');
  const kind = readKind(c.req.param('kind'));
  if (!kind) {
    return c.notFound();
  }
  const form = Object.fromEntries(
    Object.entries(await readForm(c)).map(([name, value]) => [name, typeof value === 'string' ? value : '']),
  );
  const isNew = c.req.param('slug') === undefined;
  const slug = isNew ? oneLine(form.slug ?? '') : (c.req.param('slug') ?? '');
  const stored = await loadItem(db, kind, slug, config.timezone);
  const { values, seen, revision, conflicts } = readFilledForm(form, isNew ? undefined : stored);
  const refuse = (problems: readonly string[]) =>
    showItem(c, kind, {
      slug: isNew ? undefined : slug,
      values,
      seen,
      // A form from an earlier release cannot be merged: sent again, it overwrites what is stored.
      revision: seen ? revision : (stored?.revision ?? revision),
      problems,
    });
  const check = async (tx: Tx) => {
    const current = await loadItem(tx, kind, slug, config.timezone);
    if ((current?.revision ?? '') !== revision) {
      throw new AppError('refused', 'Nothing was saved.', [
        current
          ? isNew
            ? `slug: ${slug} exists already`
            : 'somebody else changed it since you opened it; look at its history below, then save again'
          : 'it was removed meanwhile',
      ]);
    }
  };
  if (conflicts.length > 0) {
    return refuse(conflicts);
  }
  try {
    const document = documentOf(kind, slug, values, config.timezone, stored);
    const updated = await applyContent(c, document, { check });
    return c.redirect(`/studio/content/${kind}/${slug}?${queryOf(updated)}`, 303);
  } catch (error) {
    if (error instanceof AppError && error.problems.length > 0) {
      return refuse(error.problems.map(shortenPath));
    }
    throw error;
  }
}

/** Pins a comparison to the next issue that is drafted, whatever ranks above it, or unpins it. */
export async function pinAction(c: PageContext) {
  const context = c.get('context');
  const slug = await readField(c, 'slug');
  const isPinned = (await readField(c, 'pinned')) === '1';
  await setPin(context, slug, isPinned);
  await recordAudit(context, actorOf(c), { action: isPinned ? 'pin' : 'unpin', request: { slug } });
  return c.redirect(`/studio/content/comparisons/${slug}`, 303);
}

/** "tools[0].reviews[1].quote: is empty" is "reviews[1].quote: is empty" here. */
function shortenPath(problem: string): string {
  return problem.replace(/^(?:tools|comparisons|reviewers)\[0\]\.?/, '');
}

interface ShownItem {
  /** Undefined for a new one. */
  slug: string | undefined;
  values: Values;
  /** What the form showed first, where that is not `values`. */
  seen?: BaseHashes | undefined;
  revision: string;
  problems: readonly string[];
}

function listChanges(db: Db, kind: ContentKind, slug: string) {
  return db
    .selectFrom('content_changes')
    .selectAll()
    .where('kind', '=', kind)
    .where('slug', '=', slug)
    .orderBy('id', 'desc')
    .limit(MAX_HISTORY)
    .execute();
}

async function showItem(
  c: PageContext,
  kind: ContentKind,
  { slug, values, seen = baseHashesOf(values), revision, problems }: ShownItem,
) {
  const { db, config } = c.get('context');
  const isKnown = slug !== undefined && SLUG.test(slug);
  const changes = isKnown ? await listChanges(db, kind, slug) : [];
  const title = slug === undefined ? `New ${CONTENT_KINDS[kind].one}` : slug;
  const saved = describeUpdatedIssues(c);
  const children = (
    <>
      <StudioNav current="Content" />
      <p className="kicker">
        <a href={`/studio/content?kind=${kind}`}>{CONTENT_KINDS[kind].many}</a>
      </p>
      <h1>{values.name || title}</h1>
      {saved && problems.length === 0 ? (
        <p className="notice" role="status">
          {saved}
        </p>
      ) : null}
      {kind === 'comparisons' && slug !== undefined ? await showPin(c.get('context'), slug) : null}
      <ItemForm
        kind={kind}
        slug={slug}
        values={values}
        seen={seen}
        revision={revision}
        problems={problems}
        timezone={config.timezone}
        tools={
          kind === 'comparisons'
            ? await db.selectFrom('tools').select(['slug', 'name']).orderBy('name').execute()
            : []
        }
        reviewers={
          kind === 'tools' ? await db.selectFrom('reviewers').selectAll().orderBy('position').execute() : []
        }
      />
      {slug === undefined ? null : <ItemHistory changes={changes} />}
    </>
  );
  return showPage(c, { title, children }, problems.length > 0 ? 400 : 200);
}
