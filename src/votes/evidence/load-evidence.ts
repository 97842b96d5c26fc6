import { type RawBuilder, sql } from 'kysely';
import { type Db, preparedStatement, type Tx } from '../../database/connect.ts';
import type { Thresholds } from '../../config/settings/judging-settings.ts';
import { crowdKey, type Crowds } from './crowd-names.ts';
import type { Evidence, Sources, Voter } from './evidence.ts';
import { joinMailClass, MAIL_CLASS } from './join-mail-class.ts';
import { ARRIVED_AT } from './arrived-at.ts';
import { isVotingClosed } from './is-voting-closed.ts';
import { mayHaveMail } from './may-have-mail.ts';
import { type EvidenceRow, readRows } from './_read-evidence.ts';

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
  return { readers: readRows(rows, voters, { others, crowds }), others, crowds };
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
      delivery.id is not null and reader.id is not null as is_eligible, ${ARRIVED_AT} as arrived_at, reader.confirmed_at, mail_domains.mail_host,
      ${MAIL_CLASS} as mail_class,
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
      and delivery.subscriber_id = voter.subscriber_id and ${mayHaveMail('delivery')}
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
