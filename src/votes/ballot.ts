import type { Db } from '../database.ts';
import { type Installation, voterKey } from '../installation.ts';
import type { Ballot } from '../links.ts';
import type { Verdict } from '../schema.ts';
import { isVotingClosed } from './close.ts';

export interface OpenBallot {
  issue_id: number;
  week: string;
  number: number;
  email: string;
  /** Voting ended and the result is frozen. */
  is_closed: boolean;
  /** Readers confirmed before the issue was sent: those it was sent to. */
  is_eligible: boolean;
  tools: { slug: string; name: string; choice: Verdict | undefined }[];
}

/** A reader's ballot in an issue, with what they chose so far; undefined when there is no such issue or reader. */
export async function findBallot(
  db: Db,
  installation: Installation,
  ballot: Ballot,
): Promise<OpenBallot | undefined> {
  const issue = await db
    .selectFrom('issues')
    .select(['id', 'week', 'number', 'content'])
    .where('id', '=', ballot.issue_id)
    .executeTakeFirst();
  const reader = await db
    .selectFrom('subscribers')
    .select('email')
    .where('id', '=', ballot.subscriber_id)
    .executeTakeFirst();
  if (!issue || !reader) {
    return undefined;
  }
  const choices = await loadChoices(db, ballot, voterKey(installation, ballot.subscriber_id));
  return {
    issue_id: issue.id,
    week: issue.week,
    number: issue.number,
    email: reader.email,
    is_closed: await isVotingClosed(db, issue.id),
    is_eligible: await isEligible(db, ballot),
    tools: toolsOf(issue.content).map(({ slug, name }) => ({ slug, name, choice: choices.get(slug) })),
  };
}

async function isEligible(db: Db, { issue_id, subscriber_id }: Ballot): Promise<boolean> {
  const delivery = await db
    .selectFrom('deliveries')
    .select('id')
    .where('issue_id', '=', issue_id)
    .where('subscriber_id', '=', subscriber_id)
    .where('status', 'not in', ['skipped', 'cancelled', 'rejected'])
    .executeTakeFirst();
  return delivery !== undefined;
}

async function loadChoices(db: Db, { issue_id }: Ballot, voter_key: Buffer): Promise<Map<string, Verdict>> {
  const votes = await db
    .selectFrom('votes')
    .select(['tool_slug', 'choice'])
    .where('issue_id', '=', issue_id)
    .where('voter_key', '=', voter_key)
    .execute();
  return new Map(votes.map((vote) => [vote.tool_slug, vote.choice]));
}

interface VotedContent {
  lead: { tools: { slug: string; name: string }[] };
  more: { tools: { slug: string; name: string }[] }[];
}

function toolsOf(content: unknown): { slug: string; name: string }[] {
  const { lead, more } = content as VotedContent;
  return [lead, ...more].flatMap((comparison) => comparison.tools);
}
