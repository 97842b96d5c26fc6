import type { MailClass, Row } from '../../database/schema.ts';
import { countSources, type SourceCounts, type SourcedVote } from './count-sources.ts';
import { type CrowdDecision, type Crowds, findingOfCrowds } from './crowd-names.ts';
import type { Cast, Evidence, ReaderOrigin, Sources, StoredCast, Voter } from './evidence.ts';

/** What PostgreSQL returns for one voter. */
export interface EvidenceRow {
  is_closed: boolean;
  is_eligible: boolean;
  arrived_at: Date | null;
  confirmed_at: Date | null;
  mail_class: MailClass;
  mail_host: string | null;
  version: number;
  origins: (Omit<ReaderOrigin, 'joined_at'> & { joined_at: string })[];
  casts: CastRow[];
  opens: { tool_slug: string; choice: Row<'casts'>['choice']; first_at: string; last_at: string }[];
  /** In the first row only: source key, readers, early readers. */
  sources: [string, number, number][] | null;
  /** In the first row only: the crowds of all these issues. */
  crowds: { issue_id: number; name: string; decision: CrowdDecision }[] | null;
}

/** An array, since column names would make up most of the JSON; first what its source is counted by. */
type CastRow = [
  source_key: string | null,
  is_early: boolean,
  is_remembered: boolean,
  id: number,
  tool_slug: string,
  choice: Cast['choice'],
  way: Cast['way'],
  cast_ms: number,
  rendered_ms: number | null,
  hand_ms: number | null,
  decision: Cast['decision'],
  is_new_reader: boolean,
  origins: number[] | null,
];

/** What readers have to do with each other. */
interface Shared {
  crowds: Crowds;
  countsOf: (sourceKey: string | null) => SourceCounts;
}

/** The evidence in each row; `voters` are those of the rows, in the same order. */
export function readRows(
  rows: readonly EvidenceRow[],
  voters: readonly Voter[],
  { others, crowds }: { others: Sources; crowds: Crowds },
): Evidence[] {
  const shared = { crowds, countsOf: countSources(listSourcedVotes(rows, voters), others) };
  return rows.map((row, index) => readRow(row, voters[index]!.issue_id, shared));
}

function* listSourcedVotes(rows: readonly EvidenceRow[], voters: readonly Voter[]): Generator<SourcedVote> {
  for (const [index, { casts }] of rows.entries()) {
    const { subscriber_id } = voters[index]!;
    for (const [source_key, is_early, is_remembered] of casts) {
      yield { subscriber_id, source_key, is_early, is_remembered };
    }
  }
}

function readRow(row: EvidenceRow, issueId: number, shared: Shared): Evidence {
  return {
    ...row,
    casts: row.casts.map((cast) => readCast(cast, issueId, shared)),
    origins: row.origins.map((origin) => ({ ...origin, joined_at: new Date(origin.joined_at) })),
    opens: row.opens.map((open) => ({
      ...open,
      first_at: new Date(open.first_at),
      last_at: new Date(open.last_at),
    })),
  };
}

function readCast(
  [
    source_key,
    is_early,
    is_remembered,
    id,
    tool_slug,
    choice,
    way,
    cast_ms,
    rendered_ms,
    hand_ms,
    decision,
    is_new_reader,
    origins,
  ]: CastRow,
  issueId: number,
  { crowds, countsOf }: Shared,
): StoredCast {
  return {
    id,
    tool_slug,
    choice,
    way,
    cast_at: new Date(cast_ms),
    rendered_at: rendered_ms === null ? null : new Date(rendered_ms),
    hand_at: hand_ms === null ? null : new Date(hand_ms),
    is_remembered,
    decision,
    is_new_reader,
    is_early,
    source_key,
    origins,
    ...countsOf(source_key),
    crowd_finding: findingOfCrowds({ origins, source_key, is_new_reader }, issueId, crowds),
  };
}
