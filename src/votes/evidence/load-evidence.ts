import { type RawBuilder, sql } from 'kysely';
import { type Db, preparedStatement, type Tx } from '../../database/connect.ts';
import type { Thresholds } from '../../config/settings/judging-settings.ts';
import type { MailClass, Row } from '../../database/schema.ts';
import { countSources, type SourceCounts, type SourcedVote } from './count-sources.ts';
import { type CrowdDecision, crowdKey, type Crowds, findingOfCrowds } from './crowd-names.ts';
import type { Cast, Evidence, ReaderOrigin, Sources, StoredCast, Voter } from './evidence.ts';
import { joinMailClass } from './join-mail-class.ts';
import { isVotingClosed } from './is-voting-closed.ts';

interface EvidenceRow {
  is_closed: boolean;
  is_eligible: boolean;
  submitted_at: Date | null;
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

interface EvidenceRequest {
  thresholds: Thresholds;
  /** Source keys of votes that are about to be stored. */
  source_keys?: readonly string[];
}

export interface LoadedEvidence {
  /** In the order of the voters. */
  readers: Evidence[];
  /** How many other readers voted from the same sources. */
  others: Sources;
  /** The crowds of the voters' issues. */
  crowds: Crowds;
}

/** The evidence about each voter, including the sources and crowds that they share with other readers. */
export async function loadEvidence(
  db: Db | Tx,
  voters: readonly Voter[],
  { thresholds, source_keys = [] }: EvidenceRequest,
): Promise<LoadedEvidence> {
  const { one_source_readers, pressing_readers, crowd_readers } = thresholds;
  const limit = Math.max(one_source_readers, pressing_readers, crowd_readers);
  const rows = await selectEvidence(db, voters, source_keys, limit);
  const others = new Map(
    (rows[0]?.sources ?? []).map(([key, readers, early_readers]) => [key, { readers, early_readers }]),
  );
  const crowds = new Map(
    (rows[0]?.crowds ?? []).map(({ issue_id, name, decision }) => [crowdKey(issue_id, name), decision]),
  );
  const countsOf = countSources(listSourcedVotes(rows, voters), others);
  const readers = rows.map((row, index) => readRow(row, voters[index]?.issue_id ?? 0, crowds, countsOf));
  return { readers, others, crowds };
}

async function selectEvidence(
  db: Db | Tx,
  voters: readonly Voter[],
  source_keys: readonly string[],
  limit: number,
): Promise<EvidenceRow[]> {
  const { rows } = await sql<EvidenceRow>`
    ${preparedStatement('load-evidence')}
    with voter as materialized (
      select * from unnest(${voters.map(({ issue_id }) => issue_id)}::integer[],
        ${voters.map(({ subscriber_id }) => subscriber_id)}::bigint[],
        ${voters.map(({ voter_key }) => voter_key)}::bytea[]) with ordinality as voter (issue_id, subscriber_id, voter_key, ordinal)
    ), own as materialized (
      select ordinal, casts.* from voter
      cross join lateral (
        select *, xmin from casts where casts.issue_id = voter.issue_id and casts.voter_key = voter.voter_key
        offset 0 /* forces an index lookup per reader, whatever the table's statistics say */) as casts
    ), known as materialized (
      select ordinal, sum(id + xmin::text::bigint)::bigint as version,
        json_agg(json_build_array(encode(source_key, 'hex'), is_early, is_remembered, id, tool_slug, choice, way,
          ${milliseconds('cast_at')}, ${milliseconds('rendered_at')}, ${milliseconds('hand_at')}, decision, is_new_reader, origins)
          order by id) as casts
      from own group by ordinal
    ), source as (
      select key, ${countOthers(sql`true`, limit)} as readers, ${countOthers(sql`is_early and not is_remembered`, limit)} as early_readers
      from (select source_key from own where source_key is not null
        union select unnest(${source_keys.map((key) => Buffer.from(key, 'hex'))}::bytea[])) as source (key)
    )
    select ${isVotingClosed(sql`voter.issue_id`)} as is_closed,
      delivery.id is not null and reader.id is not null as is_eligible, delivery.submitted_at, reader.confirmed_at, mail_domains.mail_host,
      coalesce(by_domain.class, by_host.class, mail_domains.known_class, 'unknown') as mail_class,
      coalesce(known.casts, '[]') as casts, coalesce(known.version, 0) as version,
      (select coalesce(json_agg(json_build_object('tool_slug', tool_slug, 'choice', choice, 'first_at', first_at,
          'last_at', last_at)), '[]')
        from link_opens where link_opens.issue_id = voter.issue_id
          and link_opens.subscriber_id = voter.subscriber_id and link_opens.opens > 0) as opens,
      ${ORIGINS} as origins,
      case when voter.ordinal = 1 then ${listCrowds(voters)} end as crowds,
      case when voter.ordinal = 1 then (
        select json_agg(json_build_array(encode(key, 'hex'), readers, early_readers)) from source) end as sources
    from voter
    left join known on known.ordinal = voter.ordinal
    left join deliveries as delivery on delivery.issue_id = voter.issue_id
      and delivery.subscriber_id = voter.subscriber_id and delivery.status not in ('skipped', 'cancelled', 'rejected')
    left join subscribers as reader on reader.id = voter.subscriber_id
    ${joinMailClass(sql`delivery.submitted_at`)}
    order by voter.ordinal`.execute(db);
  return rows;
}

/** In milliseconds since 1970, as precise as the service stores a time, and cheaper to read than a text. */
function milliseconds(column: 'cast_at' | 'rendered_at' | 'hand_at') {
  return sql`(date_part('epoch', ${sql.ref(column)}) * 1000)::bigint`;
}

const ORIGINS = sql`(
  select coalesce(json_agg(json_build_object('id', origin_id, 'kind', kind, 'readers', readers, 'joined_at', joined_at, 'place', place,
    'is_vouched_for', coalesce(vouched_for_in <> voter.issue_id, false))), '[]')
  from reader_origins join origins on origins.id = origin_id
  where reader_origins.subscriber_id = voter.subscriber_id)`;

function listCrowds(voters: readonly Voter[]) {
  const issueIds = [...new Set(voters.map(({ issue_id }) => issue_id))];
  return sql`(
    select json_agg(json_build_object('issue_id', issue_id, 'name', name, 'decision', decision))
    from crowds where issue_id = any(${issueIds}::integer[]))`;
}

/** Counts no further than the highest number that a rule needs, since a large office may share one address. */
function countOthers(condition: RawBuilder<unknown>, limit: number) {
  return sql`(
    select count(*) from (
      select distinct voter_key from casts
      where source_key = key and ${condition} and voter_key not in (select voter_key from voter)
      limit ${limit}::integer) as other)`;
}

function* listSourcedVotes(rows: readonly EvidenceRow[], voters: readonly Voter[]): Generator<SourcedVote> {
  for (const [index, { casts }] of rows.entries()) {
    const { subscriber_id } = voters[index]!;
    for (const [source_key, is_early, is_remembered] of casts) {
      yield { subscriber_id, source_key, is_early, is_remembered };
    }
  }
}

function readRow(
  row: EvidenceRow,
  issueId: number,
  crowds: Crowds,
  countsOf: (sourceKey: string | null) => SourceCounts,
): Evidence {
  return {
    ...row,
    casts: row.casts.map((cast) => readCast(cast, issueId, crowds, countsOf)),
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
  crowds: Crowds,
  countsOf: (sourceKey: string | null) => SourceCounts,
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
