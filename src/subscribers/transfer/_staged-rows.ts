import { sql } from 'kysely';
import { addressKey } from '../../database/address-key.ts';
import type { Tx } from '../../database/connect.ts';
import type { Installation } from '../../installation/installation.ts';
import { addressHashOf } from '../address/hash-address.ts';
import { copyLine } from '../../database/copy.ts';
import type { ImportedRow } from '../parse/parse-row.ts';

export interface StagedRow extends ImportedRow {
  line: number;
}

/** In a temporary table, because a file may have more lines than fit into memory. */
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

/** A line for `copyIn`, with its values in the order of the columns. */
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

export interface RejectedRow {
  line: number;
  problem: string;
}

const PROBLEMS = {
  repeated: 'repeats the address of another line',
  replaced: 'has an address that its reader has since replaced; they get mail at the new one',
  on_list: 'has an address on the suppression list',
  suppressed: 'has the address of a suppressed subscriber',
  left: 'has the address of a subscriber who has unsubscribed; only they can subscribe again',
};

/** If several lines have one address, the one whose meaning comes first counts: above all, that a reader has left. */
const STRICTNESS = sql`array_position(array['complained', 'bounced', 'unsubscribed', 'active', 'pending'], meaning)`;

/**
 * Writes to the table `judged_lines` every line that is not simply added, with its outcome: `activate`, `stop`,
 * `unchanged` or a key of PROBLEMS. Repetitions of another line are judged first, then what is known about the reader
 * here. A line that says that a reader left stops them here, unless they confirmed or came back after that time; one that says
 * that they complained always does, also by an address that they have replaced. A bounce of that says nothing about the new one.
 */
export async function validateRows(tx: Tx, installation: Installation): Promise<void> {
  await sql`analyze staged_lines`.execute(tx);
  await sql`
    create temporary table judged_lines on commit drop as
    select distinct on (line) * from (
      select line, null::bigint as subscriber_id, 'repeated' as outcome, 1 as rank from (
        select line, row_number() over (partition by ${addressKey(sql`email`)} order by ${STRICTNESS}, line) as number
        from staged_lines
      ) as numbered where number > 1
      union all
      select line, known.id, case
        when meaning in ('unsubscribed', 'bounced', 'complained') then case
          when known.status in ('active', 'pending') and (meaning = 'complained' or left_at is null
            or left_at >= coalesce(greatest(known.confirmed_at, known.returned_at), known.requested_at)) then 'stop'
          else 'unchanged' end
        when meaning = 'pending' or known.status = 'active' then 'unchanged'
        when known.status = 'suppressed' then 'suppressed'
        when known.unsubscribed_at is not null then 'left'
        else 'activate' end, case when known.status = 'pending' and known.unsubscribed_at is null and meaning in ('active', 'pending') then 4 else 2 end
      from staged_lines staged
      join subscribers known on ${addressKey(sql`known.email`)} = ${addressKey(sql`staged.email`)}
      union all
      select line, null, case when changed_at is not null then 'replaced'
        when meaning in ('active', 'pending') then 'on_list' else 'unchanged' end, 3
      from staged_lines join (
        select email_hash as hash, null::timestamptz as changed_at from suppressions
        union all
        select replaced_hash, confirmed_at from address_changes where replaced_hash is not null
      ) as former on former.hash = ${addressHashOf(installation, sql`email`)}
      where changed_at is null
        or (meaning in ('active', 'pending') and changed_at >= coalesce(staged_lines.confirmed_at, '-infinity'))
      union all
      select line, known.id, case when meaning = 'complained' and known.status in ('active', 'pending') then 'stop'
        else 'unchanged' end, 3
      from staged_lines staged
      join address_changes change on change.replaced_hash = ${addressHashOf(installation, sql`staged.email`)}
      join subscribers known on known.id = change.subscriber_id
      where meaning in ('unsubscribed', 'bounced', 'complained')
    ) as outcomes order by line, rank, outcome <> 'stop'`.execute(tx);
  await sql`analyze judged_lines`.execute(tx);
}

export async function listRejected(tx: Tx): Promise<RejectedRow[]> {
  const { rows } = await sql<{ line: number; outcome: keyof typeof PROBLEMS }>`
    select line, outcome from judged_lines where outcome = any(${Object.keys(PROBLEMS)}) order by line`.execute(
    tx,
  );
  return rows.map(({ line, outcome }) => ({ line, problem: PROBLEMS[outcome] }));
}

export interface Counts {
  /** New active readers, including pending ones who became active. */
  added: number;
  unchanged: number;
  /** Readers here who left elsewhere, and so get no more mail. */
  stopped: number;
  /** New readers by meaning; those of our own export also by other reasons for which they are suppressed. */
  by_meaning: Partial<Record<string, number>>;
}

export async function countValid(tx: Tx): Promise<Counts> {
  const { rows } = await sql<{ outcome: string | null; meaning: string; count: number }>`
    select outcome, kept_as as meaning, count(*)::integer as count
    from staged_lines left join judged_lines using (line), lateral (select case
      when meaning in ('bounced', 'complained') and own ->> 'suppressed_reason' not in ('bounced', 'complained')
      then 'suppressed (' || (own ->> 'suppressed_reason') || ')' else meaning end as kept_as) as kept
    group by outcome, kept_as order by kept_as`.execute(tx);
  const sum = (isCounted: (row: (typeof rows)[number]) => boolean) =>
    rows.filter(isCounted).reduce((total, { count }) => total + count, 0);
  return {
    added: sum((row) => isNew(row) && row.meaning === 'active'),
    unchanged: sum(({ outcome }) => outcome === 'unchanged'),
    stopped: sum(({ outcome }) => outcome === 'stop'),
    by_meaning: Object.fromEntries(
      rows.filter(isNew).map(({ meaning }) => [meaning, sum((row) => isNew(row) && row.meaning === meaning)]),
    ),
  };
}

function isNew({ outcome }: { outcome: string | null }): boolean {
  return outcome === null || outcome === 'activate';
}
