import { type RawBuilder, sql } from 'kysely';
import { type AssignedChoice, NOTHING, WHOLE_ISSUE } from '../../issues/select/variants.ts';
import type { LaneShare } from './_split-readers.ts';
import { isRecipient } from './recipients.ts';

export const BATCH_SIZE = 100;
const SIZE = sql.lit(BATCH_SIZE);

/** The temporary table with what readers have chosen. */
export const CHOOSING_READERS = sql`choosing_readers`;

export interface Morning {
  zone: string;
  send_at: Date;
}

export interface Differences {
  choices: AssignedChoice[];
  mornings: Morning[];
}

/** In which order readers get the issue, and through which lanes. */
interface SendingOrder {
  order: RawBuilder<unknown>;
  shares: readonly LaneShare[];
}

/** Full batches in one order through the only lane: the number of each reader's batch, and their position in it. */
export function numberInOrder(now: Date, order: SendingOrder['order'], only: LaneShare): RawBuilder<unknown> {
  const { starts, end } = only;
  return sql`
    select id, 0 as variant, ${only.lane}::smallint as lane, null::timestamptz as send_at,
      case when rank < ${end}::bigint then width_bucket(rank, ${starts}::bigint[]) - 1
        else ${starts.length}::integer + ((rank - ${end}::bigint) / ${SIZE})::integer end as number,
      case when rank < ${end}::bigint then rank - (${starts}::bigint[])[width_bucket(rank, ${starts}::bigint[])]
        else (rank - ${end}::bigint) % ${SIZE} end as position
    from (
      select id, row_number() over (order by ${order}) - 1 as rank from subscribers where ${isRecipient(now)}
    ) as ranked`;
}

/**
 * The same, but no batch has readers of two lanes, variants or mornings. Both outer windows have the same order except for the last
 * column, so that the readers are sorted once. What differs between lanes is written as cases: joined tables would mislead the planner
 * about how many readers there are.
 */
export function numberWithinGroups(
  groups: RawBuilder<unknown>,
  now: Date,
  { order, shares }: SendingOrder,
): RawBuilder<unknown> {
  const segment = byLane(
    sql`lane`,
    shares,
    ({ starts, end }) => sql`case when rank < ${end}::bigint then width_bucket(rank, ${starts}::bigint[]) - 1
      else ${starts.length}::integer end`,
  );
  const due = byLane(sql`lane`, shares, ({ isWarmingUp }) =>
    isWarmingUp ? sql`'-infinity'::timestamptz` : sql`coalesce(send_at, '-infinity')`,
  );
  return sql`
    select id, variant, lane, nullif(due, '-infinity') as send_at, place % ${SIZE} as position,
      dense_rank() over (order by lane, segment, due, variant, place / ${SIZE}) - 1 as number
    from (
      select *, row_number() over (partition by lane, segment, due, variant order by rank) - 1 as place
      from (
        select id, variant, lane, rank, ${due} as due, ${segment} as segment
        from (
          select id, variant, send_at, lane, row_number() over (partition by lane order by ${order}) - 1 as rank
          from (${selectShared(groups, now, { order, shares })}) as shared
        ) as ranked
      ) as placed
    ) as grouped`;
}

function byLane(
  lane: RawBuilder<unknown>,
  shares: readonly LaneShare[],
  value: (share: LaneShare) => RawBuilder<unknown>,
): RawBuilder<unknown> {
  const cases = shares.map((share) => sql`when ${sql.lit(share.lane)} then ${value(share)}`);
  return sql`case ${lane} ${sql.join(cases, sql` `)} end`;
}

/** The recipients who get something of the issue, with their lanes. */
function selectShared(
  groups: RawBuilder<unknown>,
  now: Date,
  { order, shares }: SendingOrder,
): RawBuilder<unknown> {
  const readers = sql`
    select id, variant, send_at, engaged_at, confirmed_at, ${pickLane(shares, FIRST_SPREAD)} as home
    from (${groups}) as subscribers where ${isRecipient(now, sql`coalesce(send_at, ${now})`)} and variant <> ${NOTHING}`;
  const unlimited = shares.filter(({ readersToday }) => readersToday === undefined);
  if (unlimited.length === shares.length) {
    return sql`select *, home as lane from (${readers}) as readers`;
  }
  const isWithinLimit = byLane(sql`home`, shares, ({ readersToday }) =>
    readersToday === undefined ? sql`true` : sql`place < ${readersToday}::bigint`,
  );
  return sql`
    select *, case when ${isWithinLimit} then home else ${pickLane(unlimited, SECOND_SPREAD)} end as lane
    from (
      select *, row_number() over (partition by home order by ${order}) - 1 as place from (${readers}) as readers
    ) as placed`;
}

/** Odd numbers that scatter consecutive ids evenly over 32 bits, each in another order (multiplicative hashing). */
const FIRST_SPREAD = sql.lit(2_654_435_761);
const SECOND_SPREAD = sql.lit(2_246_822_519);

/** One of these lanes, always the same for a reader, in proportion to their shares. */
function pickLane(shares: readonly LaneShare[], spread: RawBuilder<unknown>): RawBuilder<unknown> {
  const total = shares.reduce((sum, { share }) => sum + share, 0);
  let before = 0;
  const from = shares.map(({ share }) => {
    const start = before / total;
    before += share;
    return start;
  });
  return sql`(${shares.map(({ lane }) => lane)}::smallint[])[width_bucket(
    (id::bigint % 2147483648) * ${spread} % 4294967296 / 4294967296.0::float8, ${from}::float8[])]`;
}

/** Subscribers with the variant they get, and the time if not at once. Without differences they all get the whole issue at once. */
export function selectGroups(differences: Differences | undefined): RawBuilder<unknown> {
  if (!differences) {
    return sql`select *, ${WHOLE_ISSUE}::smallint as variant, null::timestamptz as send_at from subscribers`;
  }
  const { choices, mornings } = differences;
  return sql`
    select subscribers.*, coalesce(choice.variant, ${WHOLE_ISSUE}::smallint) as variant, send_at
    from subscribers
    left join ${CHOOSING_READERS} as own using (id)
    left join unnest(${choices.map(({ categories }) => categories)}::text[],
        ${choices.map(({ always_lead }) => always_lead)}::boolean[],
        ${choices.map(({ variant }) => variant)}::smallint[]) as choice (key, lead, variant)
      on choice.key = own.categories::text and choice.lead = own.always_lead
    left join ${selectMornings(mornings)} on morning.zone = own.morning_zone`;
}

/** Rows `morning` (zone, send_at). */
export function selectMornings(mornings: readonly Morning[]): RawBuilder<unknown> {
  return sql`unnest(${mornings.map(({ zone }) => zone)}::text[], ${mornings.map(({ send_at }) => send_at)}::timestamptz[])
    as morning (zone, send_at)`;
}
