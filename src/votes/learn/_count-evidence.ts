import { type RawBuilder, sql } from 'kysely';
import type { Context } from '../../context.ts';
import { voterKeySql } from '../../installation/installation.ts';
import type { Db, Tx } from '../../database/connect.ts';
import { arrivedAt } from '../evidence/arrived-at.ts';

/** Evidence about older deliveries has been deleted. */
export const LOOK_BACK_DAYS = 90;
/** Casts are kept at least as long: whether a person was seen in an older mail is not known any more. */
const SEEN_DAYS = 14;
const BATCHES_AT_ONCE = 500;
/** An opened link is recorded with the time of its request, and may be committed up to this much later. */
const MARGIN_MS = 60_000;

/**
 * Adds the evidence that has come in since the last time to `mail_class_figures`, in steps that continue after an
 * interruption. If the settings have changed since, everything is counted again.
 */
export async function countEvidence(context: Context): Promise<void> {
  const { db, now } = context;
  const startedAt = now();
  const since = await runStep(db, (tx) => startCounting(context, tx));
  let batches: number;
  do {
    batches = await runStep(db, (tx) => countBatches(context, tx));
  } while (batches === BATCHES_AT_ONCE);
  const from = new Date(since.getTime() - MARGIN_MS);
  await runStep(db, async (tx) => {
    await countOpenings(
      context,
      tx,
      sql`
      select issue_id, subscriber_id from link_opens where last_at > ${from}
      union select issue_id, subscriber_id from link_opens where pressed_at > ${from}`,
    );
    await tx.updateTable('learning').set({ learned_at: startedAt }).execute();
    await sql`delete from mail_class_figures where day < (${lookBackTo(now())}::timestamptz at time zone 'UTC')::date`.execute(
      tx,
    );
  });
}

/** Returns when evidence was last counted, or now if it has to be counted from the start. */
async function startCounting({ config: { judging }, now }: Context, tx: Tx): Promise<Date> {
  const { swept_tools, swept_seconds, learn_opened_minutes, pressing_minutes } = judging;
  const counted = ['opened', 'touched'];
  const settings = JSON.stringify({
    swept_tools,
    swept_seconds,
    learn_opened_minutes,
    pressing_minutes,
    counted,
  });
  const last = await tx.selectFrom('learning').select(['settings', 'learned_at']).executeTakeFirst();
  if (last?.settings === settings) {
    return last.learned_at;
  }
  await sql`truncate mail_class_figures, counted_openings`.execute(tx);
  await tx.updateTable('batches').set({ is_counted: false }).where('is_counted', '=', true).execute();
  const learned_at = now();
  await tx
    .insertInto('learning')
    .values({ settings, learned_at })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ settings, learned_at }))
    .execute();
  return learned_at;
}

/**
 * Counts the deliveries of settled batches, and which of their links have been opened by now. Returns the number of
 * batches.
 */
async function countBatches(context: Context, tx: Tx): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    update batches set is_counted = true where id in (
      select id from batches
      where status = 'settled' and not is_counted and settled_at > ${lookBackTo(context.now())}
      order by settled_at limit ${BATCHES_AT_ONCE})
    returning id`.execute(tx);
  const ids = sql`${rows.map(({ id }) => id)}::bigint[]`;
  await sql`
    insert into mail_class_figures as known (issue_id, domain, day, deliveries)
    select delivery.issue_id, domain, ${DAY}, count(*)
    from deliveries as delivery join subscribers on subscribers.id = subscriber_id
    where batch_id = any(${ids}) and submitted_at is not null
    group by delivery.issue_id, domain, ${DAY}
    on conflict (issue_id, domain, day) do update set deliveries = known.deliveries + excluded.deliveries`.execute(
    tx,
  );
  await countOpenings(
    context,
    tx,
    sql`select issue_id, subscriber_id from deliveries where batch_id = any(${ids})`,
  );
  return rows.length;
}

/**
 * Adds what these readers' links show now and did not show before; `readers` is a query for pairs of issue and
 * subscriber.
 */
async function countOpenings(context: Context, tx: Tx, readers: RawBuilder<unknown>): Promise<void> {
  await sql`
    with reader as materialized (${readers}),
    seen as materialized (${openingsOf(context)}),
    change as materialized (
      select seen.*, (is_swept and not coalesce(known.swept, false))::integer as swept,
        (is_early and not coalesce(known.early, false))::integer as early,
        (is_voted_early and not coalesce(known.voted_early, false))::integer as voted_early,
        (is_opened and not coalesce(known.opened, false))::integer as opened,
        (is_touched and not coalesce(known.touched, false))::integer as touched
      from seen left join lateral (
        select is_swept as swept, is_early as early, is_voted_early as voted_early, is_opened as opened, is_touched as touched
        from counted_openings
        where subscriber_id = seen.subscriber_id and issue_id = seen.issue_id
      ) as known on true
    ),
    counted as (
      insert into counted_openings as known (subscriber_id, issue_id, is_swept, is_early, is_voted_early, is_opened, is_touched)
      select subscriber_id, issue_id, is_swept, is_early, is_voted_early, is_opened, is_touched from change
      where swept + early + voted_early + opened + touched > 0
      on conflict (subscriber_id, issue_id) do update set is_swept = known.is_swept or excluded.is_swept,
        is_early = known.is_early or excluded.is_early, is_voted_early = known.is_voted_early or excluded.is_voted_early,
        is_opened = known.is_opened or excluded.is_opened, is_touched = known.is_touched or excluded.is_touched
    )
    insert into mail_class_figures as known (issue_id, domain, day, swept, early, voted_early, opened, touched)
    select issue_id, domain, day, sum(swept), sum(early), sum(voted_early), sum(opened), sum(touched) from change
    where swept + early + voted_early + opened + touched > 0 group by issue_id, domain, day
    on conflict (issue_id, domain, day) do update set swept = known.swept + excluded.swept,
      early = known.early + excluded.early, voted_early = known.voted_early + excluded.voted_early,
      opened = known.opened + excluded.opened, touched = known.touched + excluded.touched`.execute(tx);
}

/**
 * For each reader in `reader` who opened a link and whose batch is counted: whether links were opened as scanners open
 * them, and whether a person was seen: by interaction, by a press or by the reader's own cookie. The joins are lateral, with offset 0, so that the planner cannot start from anything but `reader`, whatever its
 * statistics say: when batches are analyzed, none may be counted yet, and it would then read every counted batch again
 * for each opened link.
 */
function openingsOf({ config, installation, now }: Context): RawBuilder<unknown> {
  const { judging } = config;
  const seenSince = new Date(now().getTime() - SEEN_DAYS * 86_400_000);
  return sql`
    select reader.issue_id, reader.subscriber_id, domain, ${DAY} as day,
      swept >= ${judging.swept_tools}::integer as is_swept,
      coalesce(opened_at < arrived_at + make_interval(mins => ${judging.learn_opened_minutes}::integer), false) as is_early,
      coalesce(pressed_at < arrived_at + make_interval(mins => ${judging.pressing_minutes}::integer), false)
        as is_voted_early,
      is_opened, is_opened and exists (
        select from casts
        where casts.issue_id = reader.issue_id and voter_key = ${voterKeySql(installation, sql`reader.subscriber_id`)}
          and (hand_at is not null or is_remembered or way <> 'automatic')) as is_touched
    from reader
    cross join lateral (
      select count(*) as tools, min(tool.opened_at) as opened_at, min(tool.pressed_at) as pressed_at,
        count(*) filter (where abs(extract(epoch from ship_at - skip_at)) <= ${judging.swept_seconds}::float8) as swept
      from (
        select min(first_at) filter (where choice = 'ship' and opens > 0) as ship_at,
          min(first_at) filter (where choice = 'skip' and opens > 0) as skip_at,
          min(first_at) filter (where opens > 0) as opened_at, min(pressed_at) as pressed_at
        from link_opens where issue_id = reader.issue_id and subscriber_id = reader.subscriber_id
        group by tool_slug
      ) as tool
    ) as opening
    cross join lateral (
      select batch_id, submitted_at, ${arrivedAt('deliveries')} as arrived_at from deliveries
      where tools > 0 and issue_id = reader.issue_id and subscriber_id = reader.subscriber_id and submitted_at is not null
      offset 0
    ) as delivery
    cross join lateral (select opened_at is not null and submitted_at > ${seenSince} as is_opened) as recent
    cross join lateral (select from batches where id = batch_id and is_counted offset 0) as batch
    cross join lateral (
      select coalesce((
        select replaced_domain from address_changes
        where address_changes.subscriber_id = reader.subscriber_id and confirmed_at > submitted_at and replaced_domain is not null
        order by confirmed_at limit 1), domain) as domain
      from subscribers where id = reader.subscriber_id offset 0) as subscriber`;
}

const DAY = sql`(submitted_at at time zone 'UTC')::date`;

function lookBackTo(now: Date): Date {
  return new Date(now.getTime() - LOOK_BACK_DAYS * 86_400_000);
}

/**
 * Runs a step in a transaction, while no other process counts. A step reads a small part of large tables, each row
 * found by an index; the planner overestimates the share of readers who opened a link, and would otherwise read the
 * whole tables.
 */
function runStep<Result>(db: Db, run: (tx: Tx) => Promise<Result>): Promise<Result> {
  return db.transaction().execute(async (tx) => {
    await sql`
      select set_config(name, 'off', true)
      from unnest(array['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin']) as name`.execute(tx);
    await sql`lock table learning in exclusive mode`.execute(tx);
    return run(tx);
  });
}
