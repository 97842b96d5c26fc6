import { sql } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Context } from '../../context.ts';
import { type Db, preparedStatement } from '../../database/connect.ts';
import { voterKey } from '../../installation/installation.ts';
import type { Ballot } from '../../links/tokens.ts';
import type { MailClass, Verdict } from '../../database/schema.ts';
import { ARRIVED_AT } from '../evidence/arrived-at.ts';
import { joinMailClass, MAIL_CLASS } from '../evidence/join-mail-class.ts';
import { isVotingClosed } from '../evidence/is-voting-closed.ts';
import { mayHaveMail } from '../evidence/may-have-mail.ts';
import { createBatcher } from '../../concurrency/batcher.ts';

export interface BallotTool {
  slug: string;
  name: string;
  /** The reader's vote, and whether it counts. */
  choice: Verdict | undefined;
  state: 'counted' | 'held' | undefined;
  /** Why it is held. */
  reason: string | null;
  /** Whether it was in this reader's mail. */
  is_theirs: boolean;
}

export interface ReaderBallot {
  issue_id: number;
  week: string;
  number: number;
  email: string;
  /** Voting has ended, or is being closed: no votes are taken any more. */
  is_closed: boolean;
  /** Whether the issue was sent to this reader: only its recipients may vote. */
  is_eligible: boolean;
  arrived_at: Date | null;
  mail_class: MailClass;
  tools: BallotTool[];
  /** `slugs` are the slugs of its tools. */
  comparisons: { slug: string; headline: string; slugs: string[] }[];
  /** When voting closes: "Monday 30 November, 05:00 (UTC)"; in issues of earlier versions only the day. */
  votes_until: string;
}

interface IssueTools {
  week: string;
  number: number;
  tools: { slug: string; name: string }[];
  comparisons: ReaderBallot['comparisons'];
  votes_until: string;
}

interface ReaderRow extends Omit<ReaderBallot, 'issue_id' | keyof IssueTools> {
  votes: { tool_slug: string; choice: Verdict; state: 'counted' | 'held'; reason: string | null }[];
  /** Slugs of the comparisons in this reader's mail; null for all. */
  received_slugs: string[] | null;
}

/** The tools of issues that went out, which never change. */
const issueToolsCache = new WeakMap<Db, LRUCache<number, IssueTools>>();

/** In one query per batch: scanners open thousands of links at a time. */
const findReader = createBatcher(findReaders, { maxItems: 500 });

/** A reader's ballot in an issue, with what they have chosen so far; undefined if there is no such issue or reader. */
export async function findBallot(context: Context, ballot: Ballot): Promise<ReaderBallot | undefined> {
  const issue = await findIssueTools(context.db, ballot.issue_id);
  const row = issue && (await findReader(context, ballot));
  if (!issue || !row) {
    return undefined;
  }
  const { votes, received_slugs, ...reader } = row;
  const received =
    received_slugs &&
    new Set(issue.comparisons.flatMap(({ slug, slugs }) => (received_slugs.includes(slug) ? slugs : [])));
  const voteOf = new Map(votes.map((vote) => [vote.tool_slug, vote]));
  return {
    issue_id: ballot.issue_id,
    ...issue,
    ...reader,
    tools: issue.tools.map(({ slug, name }) => ({
      slug,
      name,
      choice: voteOf.get(slug)?.choice,
      state: voteOf.get(slug)?.state,
      reason: voteOf.get(slug)?.reason ?? null,
      is_theirs: !received || received.has(slug),
    })),
  };
}

/** In the order of the ballots; undefined where there is no such reader. */
async function findReaders(
  { installation, preparedDb }: Context,
  ballots: readonly Ballot[],
): Promise<(ReaderRow | undefined)[]> {
  const { rows } = await sql<ReaderRow & { ordinal: number }>`
    ${preparedStatement('find-readers')}
    select ordinal, reader.email, delivery.id is not null as is_eligible, ${ARRIVED_AT} as arrived_at,
      ${MAIL_CLASS} as mail_class,
      ${isVotingClosed(sql`voter.issue_id`)} as is_closed,
      (select coalesce(json_agg(json_build_object('tool_slug', tool_slug, 'choice', choice, 'state', state, 'reason', reason)), '[]')
        from votes where votes.issue_id = voter.issue_id and votes.voter_key = voter.voter_key) as votes,
      (select comparisons from batches join issue_variants as part using (issue_id, variant)
        where batches.id = delivery.batch_id) as received_slugs
    from unnest(${ballots.map(({ issue_id }) => issue_id)}::integer[],
      ${ballots.map(({ subscriber_id }) => subscriber_id)}::bigint[],
      ${ballots.map(({ subscriber_id }) => voterKey(installation, subscriber_id))}::bytea[])
      with ordinality as voter (issue_id, subscriber_id, voter_key, ordinal)
    join subscribers as reader on reader.id = voter.subscriber_id
    left join deliveries as delivery on delivery.issue_id = voter.issue_id and delivery.subscriber_id = reader.id
      and ${mayHaveMail('delivery')}
    ${joinMailClass(sql`delivery.submitted_at`)}`.execute(preparedDb);
  const byOrdinal = new Map(rows.map((row) => [row.ordinal, row]));
  return ballots.map((_, index) => byOrdinal.get(index + 1));
}

/**
 * The tools on the ballot of an issue; they are cached once it has been prepared, since they never change after that.
 */
export async function findIssueTools(db: Db, issueId: number): Promise<IssueTools | undefined> {
  const issues = issueToolsCache.get(db) ?? new LRUCache<number, IssueTools>({ max: 100 });
  issueToolsCache.set(db, issues);
  const cached = issues.get(issueId);
  if (cached) {
    return cached;
  }
  const issue = await db
    .selectFrom('issues')
    .select(['week', 'number', 'content', 'prepared_at'])
    .where('id', '=', issueId)
    .executeTakeFirst();
  if (!issue) {
    return undefined;
  }
  const { week, number } = issue;
  const found = { week, number, ...readContent(issue.content) };
  if (issue.prepared_at) {
    issues.set(issueId, found);
  }
  return found;
}

interface VotedComparison {
  slug: string;
  headline: string;
  tools: { slug: string; name: string }[];
}

function readContent(content: unknown): Pick<IssueTools, 'tools' | 'comparisons' | 'votes_until'> {
  const { lead, more, votes_until } = content as {
    lead: VotedComparison;
    more: VotedComparison[];
    votes_until: string;
  };
  const comparisons = [lead, ...more];
  return {
    tools: comparisons.flatMap(({ tools }) => tools.map(({ slug, name }) => ({ slug, name }))),
    votes_until,
    comparisons: comparisons.map(({ slug, headline, tools }) => ({
      slug,
      headline,
      slugs: tools.map(({ slug }) => slug),
    })),
  };
}
