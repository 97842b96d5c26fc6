import { sql } from 'kysely';
import { copyLine } from '../../database/copy.ts';
import type { Tx } from '../../database/connect.ts';
import type { ImportedRow } from './_parse-row.ts';

export interface StagedRow extends ImportedRow {
  line: number;
}

/** Uses a temporary table, because a file may have more lines than fit in memory. */
export async function createStagingTable(tx: Tx): Promise<void> {
  await sql`
    create temporary table staged_lines (
      line integer not null,
      email text not null,
      meaning text not null,
      consent_source text not null,
      confirmed_at timestamptz,
      left_at timestamptz,
      categories text not null,
      engaged_at timestamptz,
      own jsonb
    ) on commit drop`.execute(tx);
}

/** For `copyIn`, in the order of the columns. */
export function stagedLine(row: StagedRow): string {
  return copyLine([
    row.line,
    row.email,
    row.meaning,
    row.consent_source,
    row.confirmed_at?.toISOString() ?? null,
    row.left_at?.toISOString() ?? null,
    row.categories.join(';'),
    row.engaged_at?.toISOString() ?? null,
    row.own && JSON.stringify(row.own),
  ]);
}
