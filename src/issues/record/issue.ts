import type { IssueContent } from '../../../emails/_parts/content/content.ts';
import type { Db, Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import type { Row } from '../../database/schema.ts';
import type { Edits } from './edits.ts';
import { parseWeek, type Week } from '../../week.ts';

export interface Issue extends Omit<
  Row<'issues'>,
  'content' | 'choice' | 'made_from' | 'made_from_before' | 'edits'
> {
  content: IssueContent;
  choice: StoredChoice;
  made_from: MadeFrom;
  made_from_before: MadeFrom | null;
  edits: Edits;
}

/** How a comparison became a candidate. */
export type PickSource = 'pinned' | 'published' | 'paired' | 'older';

export interface StoredPick {
  slug: string;
  origin: PickSource;
  points: number;
  reasons: string[];
  /** Of one that staff have added: how it had been rejected, null if it had not been considered. */
  rejection?: Rejection | null;
}

export interface Rejection {
  slug: string;
  reasons: string[];
  /** Of one that staff have left out: how it had been picked. */
  pick?: StoredPick;
  /** The tools of a pair that this issue had made and staff left out: it is stored nowhere else. */
  pair?: [a: string, b: string];
}

/** A possible subject or preheader, and its score. */
export interface Candidate {
  text: string;
  points: number;
}

/** Why each comparison was picked or rejected, in words. */
export interface StoredChoice {
  picks: StoredPick[];
  rejections: readonly Rejection[];
  /** Best first; absent for issues drafted by versions that did not store them. */
  subjects?: Candidate[];
  preheaders?: Candidate[];
}

/** Revisions of the tools and comparisons that an issue was made from, by slug. */
export interface MadeFrom {
  tools: Record<string, number>;
  comparisons: Record<string, number>;
}

export async function findIssue(db: Db | Tx, week: Week): Promise<Issue | undefined> {
  const row = await db.selectFrom('issues').selectAll().where('week', '=', week).executeTakeFirst();
  return row as Issue | undefined;
}

export async function findIssueById(db: Db | Tx, id: number): Promise<Issue | undefined> {
  const row = await db.selectFrom('issues').selectAll().where('id', '=', id).executeTakeFirst();
  return row as Issue | undefined;
}

/** `name` is a week or "latest"; throws AppError for an invalid week or one without an issue. */
export async function getIssue(db: Db | Tx, name: string): Promise<Issue> {
  const issue = name === 'latest' ? (await listIssues(db, 1))[0] : await findIssue(db, parseWeek(name));
  if (!issue) {
    throw new AppError(
      'not_found',
      name === 'latest'
        ? 'There is no issue yet; draft one with `verdicts issue draft`.'
        : `There is no issue for ${name}.`,
    );
  }
  return issue;
}

/** Issues that were sent and are therefore public, newest first; if `before` is given, only those of earlier weeks. */
export async function listSentIssues(db: Db | Tx, limit: number, before?: Week): Promise<Issue[]> {
  const rows = await db
    .selectFrom('issues')
    .selectAll()
    .where('prepared_at', 'is not', null)
    .$if(before !== undefined, (query) => query.where('week', '<', before ?? ''))
    .orderBy('week', 'desc')
    .limit(limit)
    .execute();
  return rows as Issue[];
}

/** Newest first. */
export async function listIssues(db: Db | Tx, limit = 1_000): Promise<Issue[]> {
  const rows = await db.selectFrom('issues').selectAll().orderBy('week', 'desc').limit(limit).execute();
  return rows as Issue[];
}

/** Locks the row until the transaction ends, so that decisions about an issue are made one at a time. */
export async function lockIssue(tx: Tx, week: Week): Promise<Issue> {
  const row = await tx
    .selectFrom('issues')
    .selectAll()
    .where('week', '=', week)
    .forUpdate()
    .executeTakeFirst();
  if (!row) {
    throw new AppError('not_found', `There is no issue for ${week}.`);
  }
  return row as Issue;
}
