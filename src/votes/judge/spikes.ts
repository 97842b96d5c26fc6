import { sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import type { Thresholds } from '../../config/judging-settings.ts';

/** Keys (`spikeOf`) of the tools and hours in which too many of the votes were by new readers. */
export type Spikes = ReadonlySet<string>;

const HOUR_MS = 3_600_000;

export function spikeOf(
  issueId: number,
  { tool_slug, cast_at }: { tool_slug: string; cast_at: Date },
): string {
  return `${issueId} ${tool_slug} ${Math.floor(cast_at.getTime() / HOUR_MS)}`;
}

export async function findSpikes(
  db: Db | Tx,
  issueIds: readonly number[],
  { spike_percent, spike_votes }: Thresholds,
): Promise<Spikes> {
  const { rows } = await sql<{ issue_id: number; tool_slug: string; cast_at: Date }>`
    select issue_id, tool_slug, min(cast_at) as cast_at from casts
    where issue_id = any(${[...issueIds]}::integer[])
    group by issue_id, tool_slug, floor(extract(epoch from cast_at) / 3600)
    having count(*) >= ${spike_votes}::integer
      and 100 * count(*) filter (where is_new_reader) > ${spike_percent}::float8 * count(*)`.execute(db);
  return new Set(rows.map((row) => spikeOf(row.issue_id, row)));
}
