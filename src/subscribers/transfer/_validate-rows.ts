import { sql } from 'kysely';
import { addressKey } from '../../database/address-key.ts';
import type { Tx } from '../../database/connect.ts';

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
 * Writes the outcome of every staged line to the table `judged_lines`: add, activate, unchanged or a key of PROBLEMS.
 */
export async function validateRows(tx: Tx): Promise<void> {
  await sql`analyze staged_lines`.execute(tx);
  await sql`
    create temporary table judged_lines on commit drop as
    select staged.*, known.id as subscriber_id, case
      when row_number() over (partition by ${addressKey(sql`staged.email`)} order by line) > 1 then 'repeated'
      when known.status = 'active' then 'unchanged'
      when known.status = 'suppressed' then 'suppressed'
      when known.unsubscribed_at is not null then 'left'
      when suppressions.email_hash is not null then 'on_list'
      when known.status = 'pending' then 'activate'
      else 'add' end as outcome
    from staged_lines staged
    left join subscribers known on ${addressKey(sql`known.email`)} = ${addressKey(sql`staged.email`)}
    left join suppressions on suppressions.email_hash = staged.email_hash`.execute(tx);
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
    select count(*) filter (where outcome in ('add', 'activate')) as added,
      count(*) filter (where outcome = 'unchanged') as unchanged
    from judged_lines`.execute(tx);
  return rows[0] ?? { added: 0, unchanged: 0 };
}

export async function insertValid(tx: Tx): Promise<void> {
  await sql`
    insert into subscribers (email, status, categories, consent_source, requested_at, confirmed_at, engaged_at)
    select email, 'active', categories, consent_source, confirmed_at, confirmed_at, engaged_at
    from judged_lines where outcome = 'add' order by line
    on conflict do nothing`.execute(tx);
  await sql`
    update subscribers
    set status = 'active', categories = judged.categories, consent_source = judged.consent_source,
      consent_wording = null, confirmed_at = judged.confirmed_at, engaged_at = judged.engaged_at
    from judged_lines judged
    where judged.outcome = 'activate' and subscribers.id = judged.subscriber_id
      and subscribers.status = 'pending'`.execute(tx);
}
