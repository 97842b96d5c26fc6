import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { KnownMailClass, NewRow } from '../../database/schema.ts';
import { type Figures, learnClass } from './_learn-class.ts';

/** The evidence of older deliveries has been deleted. */
const LOOK_BACK_DAYS = 90;

interface FiguresRow extends Figures {
  scope: 'domain' | 'mail host';
  name: string;
  known_class: KnownMailClass;
}

/**
 * Learns from all retained evidence which domains and mail hosts scan links or press buttons; the result replaces what
 * was learned before.
 */
export async function learnMailClasses(context: Context): Promise<void> {
  const { config, db, now } = context;
  const rows = (await loadFigures(context))
    .map(({ known_class, ...figures }) => ({
      ...figures,
      class: learnClass(figures, known_class, config.judging),
      learned_at: now(),
    }))
    .filter((row): row is NewRow<'learned_classes'> => row.class !== undefined);
  await db.transaction().execute(async (tx) => {
    await tx.deleteFrom('learned_classes').execute();
    for (let first = 0; first < rows.length; first += 1_000) {
      await tx
        .insertInto('learned_classes')
        .values(rows.slice(first, first + 1_000))
        .execute();
    }
  });
}

/** Deliveries of the last LOOK_BACK_DAYS by domain and by mail host, weighted by age with a half-life. */
async function loadFigures({ config: { judging }, db, now }: Context): Promise<FiguresRow[]> {
  const { rows } = await sql<FiguresRow>`
    with opened as (
      select ship.issue_id, ship.subscriber_id, count(*) as both
      from link_opens as ship join link_opens as skip using (issue_id, subscriber_id, tool_slug)
      where ship.choice = 'ship' and skip.choice = 'skip'
        and abs(extract(epoch from ship.first_at - skip.first_at)) <= ${judging.swept_seconds}::float8
      group by ship.issue_id, ship.subscriber_id
      having count(*) >= ${judging.swept_tools}::integer
    ), first_opened as (
      select issue_id, subscriber_id, min(first_at) filter (where opens > 0) as first_at, min(pressed_at) as pressed_at
      from link_opens group by issue_id, subscriber_id
    ), delivered as (
      select reader.domain, mail_domains.mail_host, mail_domains.known_class,
        power(0.5, greatest(0, extract(epoch from ${now()}::timestamptz - delivery.submitted_at)) / 86400
          / ${judging.learn_half_life_days}::float8) as weight,
        opened.both is not null as is_swept,
        coalesce(first_opened.first_at < delivery.submitted_at
          + make_interval(mins => ${judging.learn_opened_minutes}::integer), false) as is_early,
        coalesce(first_opened.pressed_at < delivery.submitted_at
          + make_interval(mins => ${judging.scanning_minutes}::integer), false) as is_voted_early
      from deliveries as delivery
      join subscribers as reader on reader.id = delivery.subscriber_id
      left join mail_domains on mail_domains.domain = reader.domain
      left join opened on opened.issue_id = delivery.issue_id and opened.subscriber_id = delivery.subscriber_id
      left join first_opened on first_opened.issue_id = delivery.issue_id
        and first_opened.subscriber_id = delivery.subscriber_id
      where delivery.submitted_at > ${now()}::timestamptz - make_interval(days => ${LOOK_BACK_DAYS}::integer)
    )
    select case when grouping(domain) = 0 then 'domain' else 'mail host' end as scope,
      coalesce(domain, mail_host) as name, coalesce(max(known_class), 'unknown') as known_class,
      sum(weight)::float8 as deliveries, coalesce(sum(weight) filter (where is_swept), 0)::float8 as swept,
      coalesce(sum(weight) filter (where is_early), 0)::float8 as early,
      coalesce(sum(weight) filter (where is_voted_early), 0)::float8 as voted_early
    from delivered
    group by grouping sets ((domain), (mail_host))
    having coalesce(domain, mail_host) is not null`.execute(db);
  return rows;
}
