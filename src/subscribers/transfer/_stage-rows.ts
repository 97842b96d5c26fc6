import { sql } from 'kysely';
import type { Tx } from '../../database/connect.ts';
import type { ImportedRow } from './_parse-row.ts';

export interface StagedRow extends ImportedRow {
  line: number;
  email_hash: Buffer;
}

/** Uses a temporary table, because a file may have more lines than fit in memory. */
export async function createStagingTable(tx: Tx): Promise<void> {
  await sql`
    create temporary table staged_lines (
      line integer not null,
      email text not null,
      email_hash bytea not null,
      consent_source text not null,
      confirmed_at timestamptz not null,
      categories text[] not null,
      engaged_at timestamptz
    ) on commit drop`.execute(tx);
}

export async function stageRows(tx: Tx, lines: readonly StagedRow[]): Promise<void> {
  await sql`
    insert into staged_lines
    select line, email, email_hash, consent_source, confirmed_at, string_to_array(categories, ';'), engaged_at
    from unnest(
      ${lines.map((row) => row.line)}::integer[],
      ${lines.map((row) => row.email)}::text[],
      ${lines.map((row) => row.email_hash)}::bytea[],
      ${lines.map((row) => row.consent_source)}::text[],
      ${lines.map((row) => row.confirmed_at)}::timestamptz[],
      ${lines.map((row) => row.categories.join(';'))}::text[],
      ${lines.map((row) => row.engaged_at)}::timestamptz[]
    ) as lines (line, email, email_hash, consent_source, confirmed_at, categories, engaged_at)`.execute(tx);
}
