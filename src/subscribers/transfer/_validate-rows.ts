import { sql } from 'kysely';
import { addressKey } from '../../database/address-key.ts';
import type { Tx } from '../../database/connect.ts';
import { addressHashOf } from '../address/hash-address.ts';
import type { Installation } from '../../database/installation.ts';

export interface RejectedRow {
  line: number;
  problem: string;
}

const PROBLEMS = {
  repeated: 'repeats the address of an earlier line',
  on_list: 'has an address on the suppression list',
  suppressed: 'has the address of a suppressed subscriber',
  left: 'has the address of a subscriber who has unsubscribed; only they can subscribe again',
};

/**
 * Writes the lines that are not simply added to the table `judged_lines`, with their outcome: activate, unchanged or a
 * key of PROBLEMS. What an earlier line says goes first, then what is known of the reader.
 */
export async function validateRows(tx: Tx, installation: Installation): Promise<void> {
  await sql`analyze staged_lines`.execute(tx);
  await sql`
    create temporary table judged_lines on commit drop as
    select distinct on (line) * from (
      select line, null::bigint as subscriber_id, 'repeated' as outcome, 1 as rank from (
        select line, row_number() over (partition by ${addressKey(sql`email`)} order by line) as number from staged_lines
      ) as numbered where number > 1
      union all
      select line, known.id, case
        when known.status = 'active' then 'unchanged'
        when known.status = 'suppressed' then 'suppressed'
        when known.unsubscribed_at is not null then 'left'
        else 'activate' end, case when known.status = 'pending' and known.unsubscribed_at is null then 4 else 2 end
      from staged_lines staged
      join subscribers known on ${addressKey(sql`known.email`)} = ${addressKey(sql`staged.email`)}
      union all
      select line, null, 'on_list', 3 from staged_lines
      join suppressions on email_hash = ${addressHashOf(installation, sql`email`)}
    ) as outcomes order by line, rank`.execute(tx);
  await sql`analyze judged_lines`.execute(tx);
}

export async function listRejected(tx: Tx): Promise<RejectedRow[]> {
  const { rows } = await sql<{ line: number; outcome: keyof typeof PROBLEMS }>`
    select line, outcome from judged_lines where outcome = any(${Object.keys(PROBLEMS)}) order by line`.execute(
    tx,
  );
  return rows.map(({ line, outcome }) => ({ line, problem: PROBLEMS[outcome] }));
}

export async function countValid(tx: Tx): Promise<{ added: number; unchanged: number }> {
  const { rows } = await sql<{ added: number; unchanged: number }>`
    select count(*) filter (where outcome is null or outcome = 'activate') as added,
      count(*) filter (where outcome = 'unchanged') as unchanged
    from staged_lines left join judged_lines using (line)`.execute(tx);
  return rows[0] ?? { added: 0, unchanged: 0 };
}

export async function insertValid(tx: Tx): Promise<void> {
  await sql`
    insert into subscribers (email, status, categories, consent_source, requested_at, confirmed_at, engaged_at)
    select email, 'active', string_to_array(categories, ';'), consent_source, confirmed_at, confirmed_at, engaged_at
    from staged_lines left join judged_lines using (line) where outcome is null`.execute(tx);
  await sql`
    update subscribers
    set status = 'active', categories = string_to_array(staged.categories, ';'), consent_source = staged.consent_source,
      consent_wording = null, confirmed_at = staged.confirmed_at, engaged_at = staged.engaged_at
    from judged_lines judged join staged_lines staged using (line)
    where judged.outcome = 'activate' and subscribers.id = judged.subscriber_id
      and subscribers.status = 'pending'`.execute(tx);
}
