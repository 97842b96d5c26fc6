import { sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import type { Actor } from '../../audit/audit-log.ts';
import type { Content } from '../validate/content-shape.ts';
import {
  type ContentChange,
  changesOf,
  type ContentReport,
  planContent,
  reportOf,
  type StoredContent,
} from './_plan-content.ts';
import type { ContentDocument } from '../parse/read-content.ts';
import { readPictures } from '../parse/read-pictures.ts';
import { loadStoredContent } from './_load-stored-content.ts';
import { validateContent } from '../validate/validate-content.ts';
import { recordChanges, writeContent } from './_write-content.ts';

export type { ContentChange } from './_plan-content.ts';

export interface ImportOptions {
  /** Only reports what would change. */
  dryRun: boolean;
  /** The folder to which the paths of pictures are relative; by default the current one. */
  folder?: string;
  /**
   * The document may not name files or URLs of pictures, except `data:` URLs, and a tool without a picture keeps the
   * one it has.
   */
  isFromBrowser?: boolean;
  /** Recorded as the author of the changes. */
  by?: Actor;
  /** Refuses the import by throwing; runs while no other import can run. */
  check?: (tx: Tx) => Promise<void>;
  /** Refuses the planned changes by throwing. */
  checkChanges?: (changes: readonly ContentChange[]) => void;
}

export interface ImportResult extends ContentReport {
  changes: ContentChange[];
}

/** Adds and replaces items by slug, all or nothing. Throws an AppError that lists every problem. */
export async function importContent(
  db: Db,
  document: ContentDocument,
  {
    dryRun,
    folder = '.',
    isFromBrowser = false,
    by = { name: 'import', via: 'command line' },
    check,
    checkChanges,
  }: ImportOptions,
): Promise<ImportResult> {
  const pictures = await readPictures(document, isFromBrowser ? undefined : folder);
  return db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtext('content import'))`.execute(tx);
    await check?.(tx);
    const content = validateContent(document, await listKnownSlugs(tx), pictures);
    const stored = await loadStoredContent(tx, content);
    const plan = planContent(isFromBrowser ? keepPictures(content, stored) : content, stored);
    const changes = changesOf(plan);
    checkChanges?.(changes);
    if (!dryRun) {
      await writeContent(tx, plan, pictures);
      await recordChanges(tx, plan, by, new Date());
    }
    return { ...reportOf(plan), changes };
  });
}

/** How many items of each kind are new, and how many changed. */
export function describeReport(report: ContentReport): Record<string, string> {
  const kinds = ['reviewers', 'tools', 'comparisons'] as const;
  return Object.fromEntries(
    kinds.map((kind) => [kind, `${report[kind].new.length} new, ${report[kind].changed.length} changed`]),
  );
}

function keepPictures(content: Content, { tools }: StoredContent): Content {
  const stored = new Map(tools.map(({ slug, picture }) => [slug, picture]));
  return {
    ...content,
    tools: content.tools.map((tool) => ({ ...tool, picture: tool.picture ?? stored.get(tool.slug) ?? null })),
  };
}

async function listKnownSlugs(tx: Tx) {
  const reviewers = await tx.selectFrom('reviewers').select('slug').execute();
  const tools = await tx.selectFrom('tools').select('slug').execute();
  return { reviewers: reviewers.map(({ slug }) => slug), tools: tools.map(({ slug }) => slug) };
}
