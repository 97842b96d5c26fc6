import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { KnownMailClass, NewRow } from '../../database/schema.ts';
import { countEvidence, LOOK_BACK_DAYS } from './_count-evidence.ts';
import { type Figures, learnClass } from './_learn-class.ts';

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
  await countEvidence(context);
  const rows = (await loadFigures(context))
    .map(({ known_class, ...figures }) => ({
      ...figures,
      class: learnClass(
        figures,
        figures.scope === 'domain' ? undefined : known_class,
        known_class,
        config.judging,
      ),
      learned_at: now(),
    }))
    .filter((row): row is typeof row & NewRow<'learned_classes'> => row.class !== undefined);
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

/** Deliveries of the last weeks by domain and by mail host, with a weight that halves every `learn_half_life_days`. */
async function loadFigures({ config: { judging }, db, now }: Context): Promise<FiguresRow[]> {
  const { rows } = await sql<FiguresRow>`
    with figures as (
      select figure.domain, mail_domains.mail_host, mail_domains.known_class,
        power(0.5, greatest(0, (${now()}::timestamptz at time zone 'UTC')::date - day) / ${judging.learn_half_life_days}::float8) as weight,
        deliveries, least(swept, deliveries) as swept, least(early, deliveries) as early,
        least(voted_early, deliveries) as voted_early, greatest(0, least(opened, deliveries) - touched) as untouched
      from mail_class_figures as figure left join mail_domains using (domain)
      where day > (${now()}::timestamptz at time zone 'UTC')::date - ${LOOK_BACK_DAYS}::integer
    )
    select case when grouping(domain) = 0 then 'domain' else 'mail host' end as scope,
      coalesce(domain, mail_host) as name, case when bool_or(known_class = 'scanned') then 'scanned' when bool_or(known_class = 'clean') then 'clean' else 'unknown' end as known_class,
      sum(weight * deliveries)::float8 as deliveries, sum(weight * swept)::float8 as swept,
      sum(weight * early)::float8 as early, sum(weight * voted_early)::float8 as voted_early,
      sum(weight * untouched)::float8 as untouched
    from figures
    group by grouping sets ((domain), (mail_host))
    having coalesce(domain, mail_host) is not null`.execute(db);
  return rows;
}
