import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import type { MailClass, Row } from '../schema.ts';
import type { Cast, Circumstances } from './judge.ts';
import { spikeOf, type Spikes } from './spikes.ts';

/** One reader's vote in one issue. */
export interface Voter {
  issue_id: number;
  subscriber_id: number;
  voter_key: Buffer;
}

/** A cast as stored; `id` is undefined until it is. */
export interface StoredCast extends Cast {
  id: number | undefined;
  source_key: string | null;
  is_new_reader: boolean;
  is_early: boolean;
}

export interface Evidence extends Circumstances {
  /** The issue was sent to them: they had confirmed before. */
  is_eligible: boolean;
  confirmed_at: Date | null;
  mail_host: string | null;
  casts: StoredCast[];
}

interface EvidenceRow {
  is_eligible: boolean;
  submitted_at: Date | null;
  confirmed_at: Date | null;
  mail_class: MailClass;
  mail_host: string | null;
  casts: (Pick<
    Row<'casts'>,
    'id' | 'tool_slug' | 'choice' | 'way' | 'is_remembered' | 'decision' | 'is_new_reader' | 'is_early'
  > & {
    cast_at: string;
    rendered_at: string | null;
    hand_at: string | null;
    source_key: string | null;
  })[];
  opens: { tool_slug: string; choice: Row<'casts'>['choice']; first_at: string; last_at: string }[];
}

/** What stands in evidence for each of the voters, in their order. */
export async function loadEvidence(tx: Tx, voters: readonly Voter[], spikes: Spikes): Promise<Evidence[]> {
  const { rows } = await sql<EvidenceRow>`
    select delivery.id is not null and reader.id is not null as is_eligible, delivery.submitted_at, reader.confirmed_at, mail_domains.mail_host,
      coalesce(by_domain.class, by_host.class, mail_domains.known_class, 'unknown') as mail_class,
      (select coalesce(json_agg(json_build_object('id', id, 'tool_slug', tool_slug, 'choice', choice, 'way', way,
          'cast_at', cast_at, 'rendered_at', rendered_at, 'hand_at', hand_at, 'is_remembered', is_remembered,
          'decision', decision, 'is_new_reader', is_new_reader, 'is_early', is_early, 'source_key', encode(source_key, 'hex')) order by id), '[]')
        from casts where casts.issue_id = voter.issue_id and casts.voter_key = voter.voter_key) as casts,
      (select coalesce(json_agg(json_build_object('tool_slug', tool_slug, 'choice', choice, 'first_at', first_at,
          'last_at', last_at)), '[]')
        from link_opens where link_opens.issue_id = voter.issue_id
          and link_opens.subscriber_id = voter.subscriber_id) as opens
    from unnest(${voters.map(({ issue_id }) => issue_id)}::integer[], ${voters.map(({ subscriber_id }) => subscriber_id)}::bigint[],
      ${voters.map(({ voter_key }) => voter_key)}::bytea[]) with ordinality as voter (issue_id, subscriber_id, voter_key, place)
    left join deliveries as delivery on delivery.issue_id = voter.issue_id
      and delivery.subscriber_id = voter.subscriber_id and delivery.status not in ('skipped', 'cancelled', 'rejected')
    left join subscribers as reader on reader.id = voter.subscriber_id
    left join mail_domains on mail_domains.domain = reader.domain
    left join learned_classes as by_domain on by_domain.scope = 'domain' and by_domain.name = reader.domain
    left join learned_classes as by_host on by_host.scope = 'mail host' and by_host.name = mail_domains.mail_host
    order by place`.execute(tx);
  const evidence = rows.map(readRow);
  await addSources(
    tx,
    evidence.flatMap(({ casts }) => casts),
  );
  for (const [index, { casts }] of evidence.entries()) {
    for (const cast of casts) {
      cast.is_in_spike = cast.is_new_reader && spikes.has(spikeOf(voters[index]?.issue_id ?? 0, cast));
    }
  }
  return evidence;
}

interface Source {
  key: string;
  readers: number;
  early_readers: number;
}

/** How many subscribers voted from where each cast came from, by the casts that are stored. */
export async function addSources(tx: Tx, casts: readonly StoredCast[]): Promise<void> {
  const keys = [...new Set(casts.flatMap(({ source_key }) => source_key ?? []))];
  if (keys.length === 0) {
    return;
  }
  const { rows } = await sql<Source>`
    select encode(source_key, 'hex') as key, count(distinct voter_key) as readers,
      count(distinct voter_key) filter (where is_early) as early_readers
    from casts
    where source_key = any(${keys.map((key) => Buffer.from(key, 'hex'))}::bytea[])
    group by source_key`.execute(tx);
  const sources = new Map(rows.map((source) => [source.key, source]));
  for (const cast of casts) {
    const source = sources.get(cast.source_key ?? '');
    cast.source_readers = source?.readers ?? 0;
    cast.early_source_readers = source?.early_readers ?? 0;
  }
}

function readRow(row: EvidenceRow): Evidence {
  return {
    ...row,
    casts: row.casts.map((cast) => ({
      ...cast,
      cast_at: new Date(cast.cast_at),
      rendered_at: cast.rendered_at === null ? null : new Date(cast.rendered_at),
      hand_at: cast.hand_at === null ? null : new Date(cast.hand_at),
      source_readers: 0,
      early_source_readers: 0,
      is_in_spike: false,
    })),
    opens: row.opens.map((open) => ({
      ...open,
      first_at: new Date(open.first_at),
      last_at: new Date(open.last_at),
    })),
  };
}
