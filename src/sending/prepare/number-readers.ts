import { type RawBuilder, sql } from 'kysely';
import { type AssignedChoice, NOTHING, WHOLE_ISSUE } from '../../issues/select/variants.ts';
import { isRecipient } from './count-recipients.ts';

export const BATCH_SIZE = 100;
const SIZE = sql.lit(BATCH_SIZE);

/** The temporary table with what readers have chosen. */
export const CHOOSERS = sql`choosing_readers`;

export interface Morning {
  zone: string;
  send_at: Date;
}

export interface Differences {
  choices: AssignedChoice[];
  mornings: Morning[];
}

/** Where readers stand in the order in which they get the issue. */
interface Places {
  order: RawBuilder<unknown>;
  /** As `splitForWarmUp` returns them. */
  starts: readonly number[];
  end: number;
}

/** Full batches in one order: the number of each reader's batch, and their position in it. */
export function numberInOrder(now: Date, { order, starts, end }: Places): RawBuilder<unknown> {
  return sql`
    select id, 0 as variant, null::timestamptz as send_at,
      case when rank < ${end}::bigint then width_bucket(rank, ${starts}::bigint[]) - 1
        else ${starts.length}::integer + ((rank - ${end}::bigint) / ${SIZE})::integer end as number,
      case when rank < ${end}::bigint then rank - (${starts}::bigint[])[width_bucket(rank, ${starts}::bigint[])]
        else (rank - ${end}::bigint) % ${SIZE} end as position
    from (
      select id, row_number() over (order by ${order}) - 1 as rank from subscribers where ${isRecipient(now)}
    ) as ranked`;
}

/**
 * The same, but no batch has readers of two variants or mornings. Both windows have the same order but for the place, so that the
 * readers are sorted once.
 */
export function numberWithinGroups(
  groups: RawBuilder<unknown>,
  now: Date,
  { order, starts, end }: Places,
): RawBuilder<unknown> {
  return sql`
    select id, variant, send_at, place % ${SIZE} as position,
      dense_rank() over (order by segment, due, variant, place / ${SIZE}) - 1 as number
    from (
      select *, row_number() over (partition by segment, due, variant order by rank) - 1 as place
      from (
        select *, coalesce(send_at, '-infinity') as due,
          case when rank < ${end}::bigint then width_bucket(rank, ${starts}::bigint[]) - 1
            else ${starts.length}::integer end as segment
        from (
          select id, variant, send_at, row_number() over (order by ${order}) - 1 as rank from (${groups}) as subscribers
          where ${isRecipient(now)} and variant <> ${NOTHING}
        ) as ranked
      ) as placed
    ) as grouped`;
}

/** Subscribers with the variant they get, and when if not at once. */
export function selectGroups({ choices, mornings }: Differences): RawBuilder<unknown> {
  return sql`
    select subscribers.*, coalesce(choice.variant, ${WHOLE_ISSUE}::smallint) as variant, send_at
    from subscribers
    left join ${CHOOSERS} as own using (id)
    left join unnest(${choices.map(({ categories }) => categories)}::text[],
        ${choices.map(({ always_lead }) => always_lead)}::boolean[],
        ${choices.map(({ variant }) => variant)}::smallint[]) as choice (key, lead, variant)
      on choice.key = own.categories::text and choice.lead = own.always_lead
    left join unnest(${mornings.map(({ zone }) => zone)}::text[], ${mornings.map(({ send_at }) => send_at)}::timestamptz[])
        as morning (zone, send_at)
      on morning.zone = own.morning_zone`;
}
