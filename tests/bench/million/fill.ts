import { sql } from 'kysely';
import { sampleContent } from '../../../emails/_parts/content/sample.ts';
import type { ComparisonContent, IssueContent } from '../../../emails/_parts/content/content.ts';
import { type Db, openDatabase, openPool } from '../../../src/database/connect.ts';
import { loadInstallation } from '../../../src/installation/installation.ts';
import { shiftWeek, weekOf, type Week } from '../../../src/week.ts';
import { storeBenchRendering } from '../mail.ts';

export interface Fill {
  readers: number;
  issues: number;
  /** Two days after the newest issue went out, while its voting is open. */
  now: Date;
}

export interface Filled {
  /** Oldest first. */
  weeks: Week[];
  /** The newest issue, and one of its tools. */
  issue_id: number;
  tool: string;
}

const TOOLS = 1_200;
const COMPARISONS = 2_000;
const COMPARISONS_PER_ISSUE = 3;
const BATCH_SIZE = 100;
const DAY_MS = 86_400_000;

/** Indexes that are built after the rows have been inserted, because maintaining them takes half of the time. */
const LATE_INDEXES = [
  'deliveries_batch',
  'deliveries_subscriber',
  'casts_source',
  'link_opens_last',
  'subscribers_status',
  'subscribers_domain',
  'delivery_events_delivery',
];

/**
 * Creates the data of a newsletter with `readers` after `issues` weeks, inside PostgreSQL: addresses at big providers and
 * at companies, a tenth of the readers voting on every tool, some links opened by scanners, and a few bounces.
 */
export async function fillDatabase(databaseUrl: string, { readers, issues, now }: Fill): Promise<Filled> {
  const db = openDatabase(openPool(databaseUrl, 2));
  try {
    await sql`alter database ${sql.ref(new URL(databaseUrl).pathname.slice(1))} set jit = off`.execute(db);
    const rebuild = await dropLateIndexes(db);
    const newest = weekOf(now, 'UTC');
    const weeks = Array.from({ length: issues }, (_, index) => shiftWeek(newest, index - issues + 1));
    await addContent(db, now);
    await addReaders(db, readers, now);
    for (const [index, week] of weeks.entries()) {
      const sentAt = new Date(now.getTime() - 2 * DAY_MS - (issues - 1 - index) * 7 * DAY_MS);
      await addIssue(db, { week, number: index + 1, sentAt, isOpen: week === newest });
    }
    for (const statement of rebuild) {
      await sql.raw(statement).execute(db);
    }
    await sql`drop table bench_voters`.execute(db);
    await sql`vacuum (analyze)`.execute(db);
    const { issue_id, tool_a } = await db
      .selectFrom('issue_comparisons')
      .select(['issue_id', 'tool_a'])
      .orderBy('issue_id', 'desc')
      .executeTakeFirstOrThrow();
    return { weeks, issue_id, tool: tool_a };
  } finally {
    await db.destroy();
  }
}

async function dropLateIndexes(db: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string; definition: string }>`
    select indexname as name, indexdef as definition from pg_indexes
    where schemaname = current_schema() and indexname = any(${LATE_INDEXES}::text[])`.execute(db);
  for (const { name } of rows) {
    await sql`drop index ${sql.ref(name)}`.execute(db);
  }
  // PostgreSQL prints definitions for partitioned tables as if they did not apply to the partitions.
  return rows.map(({ definition }) => definition.replace(' ON ONLY ', ' ON '));
}

async function addContent(db: Db, now: Date): Promise<void> {
  await sql`
    insert into reviewers (slug, name, lens, position)
    select 'reviewer-' || n, 'Reviewer ' || n, 'What reviewer ' || n || ' looks for', n from generate_series(1, 4) as n`.execute(
    db,
  );
  await sql`
    insert into tools (slug, name, category, tagline, description, entry_price, price_note, price_checked_on, reviewed_on)
    select 'tool-' || n, initcap(word) || ' ' || n, 'Category ' || n % 24, 'Does ' || word || ' for teams of any size',
      repeat('It reads what a team writes, ' || word || ' and ' || other || ', and answers with the page. ', 5),
      (array['free', 'freemium', 'trial', 'paid', 'contact'])[1 + n % 5], '$' || n % 90 || ' a month',
      ${now}::date - n % 30, ${now}::date - n % 300
    from generate_series(1, ${TOOLS}::integer) as n,
      lateral (select (array['summaries', 'meetings', 'contracts', 'tickets', 'code', 'slides', 'invoices', 'search'])[1 + n % 8] as word,
        (array['minutes', 'drafts', 'reports', 'forms', 'mail', 'notes', 'tables'])[1 + n % 7] as other) as words`.execute(
    db,
  );
  await sql`
    insert into reviews (tool_slug, reviewer_slug, verdict, quote)
    select 'tool-' || n, 'reviewer-' || r, case when (n * r) % 5 < 3 then 'ship' else 'skip' end,
      'I used it for ' || n % 9 + 2 || ' weeks on real work. It saved an hour a day, and cost me one on the first.'
    from generate_series(1, ${TOOLS}::integer) as n, generate_series(1, 4) as r`.execute(db);
  await sql`
    insert into comparisons (slug, tool_a, tool_b, question, published_at)
    select 'comparison-' || n, 'tool-' || 1 + n % ${TOOLS}::integer, 'tool-' || 1 + (n + 24 * (1 + n / ${TOOLS}::integer)) % ${TOOLS}::integer,
      'Which of the two is worth its price for a small team?', ${now}::timestamptz - make_interval(hours => 4 * n)
    from generate_series(1, ${COMPARISONS}::integer) as n`.execute(db);
}

async function addReaders(db: Db, readers: number, now: Date): Promise<void> {
  await sql`
    insert into mail_domains (domain, mail_host, known_class, looked_up_at)
    select domain, mail_host, known_class, ${now}::timestamptz from (values
      ('gmail.example', 'google', 'clean'), ('outlook.example', 'microsoft', 'unknown'), ('yahoo.example', 'yahoo', 'clean'),
      ('icloud.example', 'apple', 'clean')) as big (domain, mail_host, known_class)
    union all
    select 'company-' || n || '.example', case n % 4 when 0 then 'google' when 3 then 'gateway ' || n % 40 else 'microsoft' end,
      case n % 4 when 0 then 'clean' when 3 then 'scanned' else 'unknown' end, ${now}::timestamptz
    from generate_series(1, 4000) as n`.execute(db);
  await sql`
    insert into subscribers (email, status, categories, consent_source, consent_wording, requested_at, confirmed_at,
      unsubscribed_at, suppressed_at, suppressed_reason, engaged_at, frequency)
    select 'reader.' || n || '@' || case
        when share < 0.5 then 'gmail.example' when share < 0.62 then 'outlook.example' when share < 0.7 then 'yahoo.example'
        when share < 0.76 then 'icloud.example' else 'company-' || 1 + floor(4000 * power((share - 0.76) / 0.24, 3))::integer || '.example' end,
      status, case when n % 5 = 0 then array['Category ' || n % 24] else '{}' end, 'home page', 'Yes, send me the newsletter',
      joined, case when status <> 'pending' then joined + interval '3 minutes' end,
      case when status = 'unsubscribed' then joined + interval '9 days' end,
      case when status = 'suppressed' then joined + interval '9 days' end,
      case when status = 'suppressed' then 'hard bounce' end,
      case when n % 3 = 0 then ${now}::timestamptz - make_interval(days => (n % 200)::integer) end,
      case when n % 20 = 0 then 'monthly' else 'weekly' end
    from (
      select n, share, ${now}::timestamptz - interval '4 days' - make_interval(secs => n::float8 * 86400 * 1000 / ${readers}::float8) as joined,
        case when n % 100 < 3 then 'unsubscribed' when n % 100 = 3 then 'suppressed' when n % 200 = 4 then 'pending' else 'active' end as status
      from (select n, abs(hashint8(n)) / 2147483648.0 as share from generate_series(1, ${readers}::bigint) as n) as numbered
    ) as reader`.execute(db);
  // Votes do not identify readers: the key is an HMAC of the reader's id (RFC 2104), computed in SQL here.
  const { hash_key } = await loadInstallation(db);
  const padded = Buffer.alloc(64);
  hash_key.copy(padded);
  const pad = (byte: number) => Buffer.from(padded.map((value) => value ^ byte));
  await sql`create unlogged table bench_voters as
    select id as subscriber_id, sha256(${pad(0x5c)}::bytea || sha256(${pad(0x36)}::bytea || '\\x766f74657200'::bytea || convert_to(id::text, 'UTF8'))) as voter_key
    from subscribers where id % 10 = 7`.execute(db);
}

interface AddedIssue {
  week: Week;
  number: number;
  sentAt: Date;
  isOpen: boolean;
}

async function addIssue(db: Db, issue: AddedIssue): Promise<void> {
  const { week, number, sentAt } = issue;
  const content = await contentOf(db, issue);
  const json = JSON.stringify(content);
  const { id } = await db
    .insertInto('issues')
    .values({
      week,
      number,
      status: 'sent',
      content: json,
      content_hash: '',
      made_from: JSON.stringify({ tools: {}, comparisons: {} }),
      choice: JSON.stringify({ picks: [], rejections: [] }),
      edits: '{}',
      cut_off_at: sentAt,
      drafted_at: sentAt,
      approved_at: sentAt,
      prepared_at: sentAt,
      sent_at: sentAt,
      digest_month: sentAt.toISOString().slice(0, 7),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('issue_comparisons')
    .values(
      [content.lead, ...content.more].map(({ slug, tools: [a, b] }, position) => ({
        issue_id: id,
        position,
        comparison_slug: slug,
        tool_a: a.slug,
        tool_b: b.slug,
      })),
    )
    .execute();
  await storeBenchRendering(db, id, sentAt);
  await addDeliveries(db, id, issue);
  await addVotes(db, id, issue);
}

/** The texts of the sample content, about tools that are in the database. */
async function contentOf(db: Db, { week, number }: AddedIssue): Promise<IssueContent> {
  const pairs = await db
    .selectFrom('comparisons')
    .innerJoin('tools as a', 'a.slug', 'tool_a')
    .innerJoin('tools as b', 'b.slug', 'tool_b')
    .select([
      'comparisons.slug',
      'a.slug as a_slug',
      'a.name as a_name',
      'b.slug as b_slug',
      'b.name as b_name',
    ])
    .orderBy('published_at', 'desc')
    .offset(number * COMPARISONS_PER_ISSUE)
    .limit(COMPARISONS_PER_ISSUE)
    .execute();
  const [lead, ...more] = pairs.map(({ slug, a_slug, a_name, b_slug, b_name }): ComparisonContent => {
    const [a, b] = sampleContent.lead.tools;
    return {
      ...sampleContent.lead,
      slug,
      headline: `${a_name} vs ${b_name}`,
      pick: `Panel pick: ${a_name}`,
      pick_slug: a_slug,
      tools: [
        { ...a, slug: a_slug, name: a_name },
        { ...b, slug: b_slug, name: b_name },
      ],
    };
  });
  return { ...sampleContent, week, number, lead: lead!, more, recap: null };
}

async function addDeliveries(db: Db, issueId: number, { week, sentAt }: AddedIssue): Promise<void> {
  await sql`
    create unlogged table bench_recipients as
    select id as subscriber_id, row_number() over (order by id) - 1 as rank from subscribers
    where status = 'active' and frequency = 'weekly' and confirmed_at <= ${sentAt}::timestamptz`.execute(db);
  await sql`
    insert into batches (issue_id, number, idempotency_key, status, link_key_id, first_attempt_at, attempts, settled_at)
    select ${issueId}::integer, n, ${week}::text || '-' || n, 'settled', 'a', ${sentAt}::timestamptz, 1, ${sentAt}::timestamptz + make_interval(secs => n * 0.1)
    from generate_series(0, (select max(rank) / ${BATCH_SIZE} from bench_recipients)) as n`.execute(db);
  await sql`
    insert into deliveries (issue_id, subscriber_id, batch_id, position, status, reason, email, resend_id, queued_at,
      submitting_at, submitted_at, delivered_at, bounced_at, complained_at, suppressed_at, skipped_at, opened_at, clicked_at)
    select ${issueId}::integer, subscriber_id, batch_id, rank % ${BATCH_SIZE}, status, case when status = 'bounced' then 'Permanent: General' end,
      case when status <> 'skipped' then email end, case when status <> 'skipped' then gen_random_uuid() end, ${sentAt}::timestamptz, at,
      case when status <> 'skipped' then at end, case when status in ('delivered', 'complained') then at + interval '4 seconds' end,
      case when status = 'bounced' then at + interval '9 seconds' end, case when status = 'complained' then at + interval '2 hours' end,
      case when status = 'suppressed' then at + interval '1 second' end, case when status = 'skipped' then at end,
      case when status = 'delivered' and draw % 3 = 0 then at + interval '1 hour' end,
      case when status = 'delivered' and draw % 9 = 0 then at + interval '1 hour' end
    from (
      select recipient.*, subscribers.email, batches.id as batch_id, ${sentAt}::timestamptz + make_interval(secs => batches.number * 0.1) as at,
        abs(hashint8(subscriber_id * 31 + ${issueId}::integer)) as draw,
        case abs(hashint8(subscriber_id * 31 + ${issueId}::integer)) % 1000 when 0 then 'bounced' when 1 then 'bounced' when 2 then 'bounced'
          when 3 then 'suppressed' when 4 then 'skipped' when 5 then 'complained' when 6 then 'submitted' else 'delivered' end as status
      from bench_recipients as recipient join subscribers on subscribers.id = subscriber_id
      join batches on batches.issue_id = ${issueId}::integer and batches.number = rank / ${BATCH_SIZE}
      order by rank
    ) as sent`.execute(db);
  await sql`drop table bench_recipients`.execute(db);
}

async function addVotes(db: Db, issueId: number, { sentAt, isOpen }: AddedIssue): Promise<void> {
  await sql`
    create unlogged table bench_votes as
    select voters.subscriber_id, voter_key, tool.slug as tool_slug, way.at, deliveries.submitted_at, mail_host, known_class,
      case when abs(hashint8(voters.subscriber_id * 7 + tool.number * 13)) % 100 < 61 then 'ship' else 'skip' end as choice,
      known_class = 'scanned' and draw % 4 = 0 as is_held, draw
    from bench_voters as voters
    join deliveries on deliveries.issue_id = ${issueId}::integer and deliveries.subscriber_id = voters.subscriber_id and status = 'delivered'
    join subscribers on subscribers.id = voters.subscriber_id
    left join mail_domains using (domain)
    cross join (select row_number() over () as number, slug from (
      select unnest(array[tool_a, tool_b]) as slug from issue_comparisons where issue_id = ${issueId}::integer) as pairs) as tool,
    lateral (select abs(hashint8(voters.subscriber_id * 3 + ${issueId}::integer)) as draw) as drawn,
    -- To the millisecond, as the service writes it.
    lateral (select date_trunc('milliseconds',
      submitted_at + make_interval(secs => 300 + (draw % 1000)::float8 ^ 2 / 6 + 9 * tool.number)) as at) as way`.execute(
    db,
  );
  await sql`
    insert into votes (issue_id, tool_slug, voter_key, choice, state, reason, cast_at, changed_at)
    select ${issueId}::integer, tool_slug, voter_key, choice, case when is_held then 'held' else 'counted' end,
      case when is_held then 'at delivery' end, at, at
    from bench_votes`.execute(db);
  if (isOpen) {
    await sql`
      insert into casts (issue_id, voter_key, tool_slug, choice, way, cast_at, rendered_at, hand_at, is_remembered,
        is_new_reader, is_early, source_key, mail_host)
      select ${issueId}::integer, voter_key, tool_slug, choice, case when tool_slug = min(tool_slug) over (partition by voter_key) then 'button' else 'ballot' end,
        at, at - interval '20 seconds', case when not is_held then at - interval '2 seconds' end, false,
        false, at < submitted_at + interval '30 minutes', substring(sha256(convert_to('network ' || subscriber_id / 30, 'UTF8')) for 16), mail_host
      from bench_votes`.execute(db);
    await sql`insert into source_salts (day, salt) values (${sentAt}::date, sha256('salt'))`.execute(db);
  } else {
    await sql`
      insert into tallies (issue_id, tool_slug, ship, skip, held, frozen_at)
      select ${issueId}::integer, tool_slug, count(*) filter (where choice = 'ship' and not is_held),
        count(*) filter (where choice = 'skip' and not is_held), count(*) filter (where is_held), ${sentAt}::timestamptz + interval '7 days'
      from bench_votes group by tool_slug`.execute(db);
  }
  // People open the link they mean; scanners open every one within seconds of delivery.
  await sql`
    insert into link_opens (issue_id, subscriber_id, tool_slug, choice, opens, first_at, last_at, pressed_at)
    select ${issueId}::integer, subscriber_id, min(tool_slug), 'ship', 1, min(at) - interval '20 seconds', min(at), null::timestamptz
    from bench_votes group by subscriber_id
    union all
    select ${issueId}::integer, deliveries.subscriber_id, tool_slug, choice, 1, submitted_at + interval '8 seconds', submitted_at + interval '8 seconds', null::timestamptz
    from deliveries join subscribers on subscribers.id = deliveries.subscriber_id join mail_domains using (domain)
    cross join (select unnest(array[tool_a, tool_b]) as tool_slug from issue_comparisons where issue_id = ${issueId}::integer) as tool
    cross join unnest(array['ship', 'skip']) as choice
    where deliveries.issue_id = ${issueId}::integer and submitted_at is not null and known_class = 'scanned' and deliveries.subscriber_id % 10 <> 7
      and deliveries.subscriber_id % 2 = 0`.execute(db);
  await sql`drop table bench_votes`.execute(db);
}
