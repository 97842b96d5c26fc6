import { sql } from 'kysely';
import type { Tx } from '../../database/connect.ts';

/** Writes the rows that `validateRows` has let through. `now` is used where a list does not say when. */
export async function insertValid(tx: Tx, now: Date): Promise<void> {
  await insertOwn(tx, now);
  await insertList(tx, now);
  await activatePending(tx);
  await sql`
    update subscribers
    set status = case when meaning = 'unsubscribed' then 'unsubscribed' else 'suppressed' end,
      unsubscribed_at = case when meaning = 'unsubscribed' then coalesce(left_at, ${now}) else unsubscribed_at end,
      suppressed_at = case when meaning = 'unsubscribed' then suppressed_at else coalesce(left_at, ${now}) end,
      suppressed_reason = case when meaning = 'unsubscribed' then suppressed_reason
        else coalesce(own ->> 'suppressed_reason', meaning) end
    from judged_lines judged join staged_lines staged using (line)
    where judged.outcome = 'stop' and subscribers.id = judged.subscriber_id
      and subscribers.status in ('active', 'pending')`.execute(tx);
}

/** Readers who had signed up here, and are active in the file: what our own export says of them is kept. */
async function activatePending(tx: Tx): Promise<void> {
  await sql`
    with activated as (
      update subscribers
      set status = 'active', categories = string_to_array(staged.categories, ';'), consent_source = staged.consent_source,
        consent_wording = own ->> 'consent_wording', consent_form = own ->> 'consent_form',
        confirmed_by = own ->> 'confirmed_by', confirmed_at = staged.confirmed_at, engaged_at = staged.engaged_at,
        frequency = coalesce(own ->> 'frequency', frequency),
        always_lead = ${own(`coalesce(own ->> 'lead', '') <> 'theirs'`, 'always_lead')},
        morning_zone = ${own(`own ->> 'morning_zone'`, 'morning_zone')},
        paused_until = ${own(`(own ->> 'paused_until')::timestamptz`, 'paused_until')},
        digest_month = ${own(`own ->> 'digest_month'`, 'digest_month')}
      from judged_lines judged join staged_lines staged using (line)
      where judged.outcome = 'activate' and subscribers.id = judged.subscriber_id
        and subscribers.status = 'pending'
      returning subscribers.id, own)
    insert into past_consents (subscriber_id, consent, ended_at)
    select id, past -> 'consent', (past ->> 'ended_at')::timestamptz
    from activated, jsonb_array_elements(own -> 'past_consents') as past`.execute(tx);
}

/** What our own export says; in any other list, the column stays as it is. */
function own(expression: string, column: string) {
  return sql`case when own is null then ${sql.raw(column)} else ${sql.raw(expression)} end`;
}

/**
 * Adds rows of a list. Unconfirmed readers get no mail, not even a reminder, as if they had been reminded already.
 * Readers who left elsewhere get no time of confirmation, so that no undo can reactivate them; the time at which they
 * gave consent is kept as that of their request.
 */
async function insertList(tx: Tx, now: Date): Promise<void> {
  await sql`
    insert into subscribers (email, status, categories, consent_source, requested_at, confirmed_at, engaged_at,
      unsubscribed_at, suppressed_at, suppressed_reason, reminded_at, asked_times)
    select email, case when meaning in ('bounced', 'complained') then 'suppressed' else meaning end,
      string_to_array(categories, ';'), consent_source, coalesce(confirmed_at, left_at, ${now}),
      case when meaning = 'active' then confirmed_at end, engaged_at,
      case when meaning = 'unsubscribed' then coalesce(left_at, ${now}) end,
      case when meaning in ('bounced', 'complained') then coalesce(left_at, ${now}) end,
      case when meaning in ('bounced', 'complained') then meaning end,
      case when meaning = 'pending' then ${now}::timestamptz end, case when meaning = 'active' then 1 else 0 end
    from staged_lines left join judged_lines using (line) where outcome is null and own is null order by line`.execute(
    tx,
  );
}

/** Adds rows of our own export as they were, in the order of the file. */
async function insertOwn(tx: Tx, now: Date): Promise<void> {
  await sql`
    with inserted as (
      insert into subscribers (email, status, categories, consent_source, consent_form, consent_wording, requested_at,
        confirmation_sent_at, confirmed_at, confirmed_by, unsubscribed_at, suppressed_at, suppressed_reason, frequency,
        always_lead, morning_zone, paused_until, engaged_at, still_asked_at, reminded_at, digest_month)
      select email, own ->> 'status', string_to_array(categories, ';'), consent_source, own ->> 'consent_form',
        own ->> 'consent_wording', coalesce((own ->> 'requested_at')::timestamptz, confirmed_at, ${now}),
        (own ->> 'confirmation_sent_at')::timestamptz, (own ->> 'confirmed_at')::timestamptz, own ->> 'confirmed_by',
        (own ->> 'unsubscribed_at')::timestamptz, (own ->> 'suppressed_at')::timestamptz, own ->> 'suppressed_reason',
        coalesce(own ->> 'frequency', 'weekly'), coalesce(own ->> 'lead', '') <> 'theirs', own ->> 'morning_zone',
        (own ->> 'paused_until')::timestamptz, (own ->> 'engaged_at')::timestamptz,
        (own ->> 'still_asked_at')::timestamptz,
        (own ->> 'reminded_at')::timestamptz,
        own ->> 'digest_month'
      from staged_lines left join judged_lines using (line) where outcome is null and own is not null order by line
      returning id, email)
    insert into past_consents (subscriber_id, consent, ended_at)
    select inserted.id, past -> 'consent', (past ->> 'ended_at')::timestamptz
    from inserted join (
      select email, own, line from staged_lines left join judged_lines using (line) where outcome is null) as staged
      using (email), jsonb_array_elements(own -> 'past_consents') as past
    order by line`.execute(tx);
}
