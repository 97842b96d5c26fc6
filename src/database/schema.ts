import type { ColumnType, Generated, GeneratedAlways, Insertable, Selectable } from 'kysely';

export type Verdict = 'ship' | 'skip';
export type EntryPrice = 'free' | 'freemium' | 'trial' | 'paid' | 'contact';
/** Every issue, or one monthly digest of them. */
export type Frequency = 'weekly' | 'monthly';
export type SubscriberStatus = 'pending' | 'active' | 'unsubscribed' | 'suppressed';
export type IssueStatus = 'draft' | 'approved' | 'held' | 'sending' | 'paused' | 'sent' | 'cancelled';
export type BatchStatus = 'queued' | 'submitting' | 'settled' | 'unknown' | 'cancelled';
export type DeliveryStatus =
  | 'queued'
  | 'submitting'
  | 'submitted'
  | 'delivered'
  | 'delayed'
  | 'bounced'
  | 'complained'
  | 'suppressed'
  | 'failed'
  | 'skipped'
  | 'rejected'
  | 'unknown'
  | 'cancelled';

/**
 * Link scanning by a mail host: `clean` has no scanner, `scanned` has one that opens links, `pressed` one that also
 * presses buttons.
 */
export type MailClass = 'clean' | 'unknown' | 'scanned' | 'pressed';
/** From the table of MX hosts only. */
export type KnownMailClass = 'clean' | 'unknown' | 'scanned';
/** Learned from what happened to readers' links. */
export type LearnedMailClass = 'clean' | 'scanned' | 'pressed';
/** `automatic`: by the page's script; `button`: on the page of a mail's link; `ballot`: on the list of other tools. */
export type CastWay = 'automatic' | 'button' | 'ballot';

/** A jsonb column: read as a value, written as JSON text. */
type Json<T> = ColumnType<T, string, string>;
/** A date column: read and written as `YYYY-MM-DD`. */
type Day = string;

export interface Database {
  reviewers: ReviewersTable;
  tools: ToolsTable;
  reviews: ReviewsTable;
  /** Read by the previous release only. */
  tool_words: ToolWordsTable;
  archive_entries: ArchiveEntriesTable;
  comparisons: ComparisonsTable;
  pictures: PicturesTable;
  tool_pictures: ToolPicturesTable;
  installation: InstallationTable;
  installation_place: InstallationPlaceTable;
  subscribers: SubscribersTable;
  suppressions: SuppressionsTable;
  past_consents: PastConsentsTable;
  consent_sources: ConsentSourcesTable;
  sign_up_counts: SignUpCountsTable;
  origins: OriginsTable;
  reader_origins: ReaderOriginsTable;
  issues: IssuesTable;
  issue_comparisons: IssueComparisonsTable;
  issue_renderings: IssueRenderingsTable;
  issue_variants: IssueVariantsTable;
  batches: BatchesTable;
  letter_attempts: LetterAttemptsTable;
  deliveries: DeliveriesTable;
  delivery_counts: DeliveryCountsTable;
  delivery_changes: DeliveryChangesTable;
  open_deliveries: OpenDeliveriesTable;
  delivery_decisions: DeliveryDecisionsTable;
  /** Written by the previous release only. */
  webhook_events: WebhookEventsTable;
  /** In a partition for each week. */
  delivery_events: DeliveryEventsTable;
  event_counts: EventCountsTable;
  past_deliveries: PastDeliveriesTable;
  partitions: PartitionsTable;
  sending_days: SendingDaysTable;
  lane_days: LaneDaysTable;
  send_rate: SendRateTable;
  mail_domains: MailDomainsTable;
  learned_classes: LearnedClassesTable;
  mail_class_figures: MailClassFiguresTable;
  counted_openings: CountedOpeningsTable;
  learning: LearningTable;
  link_opens: LinkOpensTable;
  casts: CastsTable;
  source_salts: SourceSaltsTable;
  crowds: CrowdsTable;
  vote_decisions: VoteDecisionsTable;
  votes: VotesTable;
  vote_counts: VoteCountsTable;
  vote_changes: VoteChangesTable;
  held_votes: HeldVotesTable;
  tallies: TalliesTable;
  share_images: ShareImagesTable;
  pinned_comparisons: PinnedComparisonsTable;
  issue_clicks: IssueClicksTable;
  issue_steps: IssueStepsTable;
  reader_imports: ReaderImportsTable;
  reader_import_chunks: ReaderImportChunksTable;
  content_changes: ContentChangesTable;
  audit_log: AuditLogTable;
  staff_users: StaffUsersTable;
  staff_sessions: StaffSessionsTable;
  staff_accounts: StaffAccountsTable;
  staff_verifications: StaffVerificationsTable;
  staff_passkeys: StaffPasskeysTable;
  staff_attempts: StaffAttemptsTable;
  id_advances: IdAdvancesTable;
  schedule_runs: ScheduleRunsTable;
  staff_notices: StaffNoticesTable;
  processes: ProcessesTable;
  migration_hashes: MigrationHashesTable;
  address_changes: AddressChangesTable;
  outgoing_endpoints: OutgoingEndpointsTable;
  outgoing_events: OutgoingEventsTable;
  outgoing_deliveries: OutgoingDeliveriesTable;
  'outbox.requests': OutboxRequestsTable;
  'outbox.mails': OutboxMailsTable;
  'outbox.webhooks': OutboxWebhooksTable;
}

interface ReviewersTable {
  slug: string;
  name: string;
  lens: string;
  position: number;
}

interface ToolsTable {
  slug: string;
  name: string;
  category: string;
  tagline: string;
  description: string;
  entry_price: EntryPrice;
  price_note: string | null;
  price_checked_on: Day;
  reviewed_on: Day;
  revision: Generated<number>;
}

interface ReviewsTable {
  tool_slug: string;
  reviewer_slug: string;
  verdict: Verdict;
  quote: string;
}

interface ToolWordsTable {
  tool_slug: string;
  revision: number;
  words: string;
}

interface ArchiveEntriesTable {
  slug: string;
  headline: string;
  question: string;
  categories: string[];
  panels: string[];
  published_at: Date;
  /** tsvector for the archive's search; written and queried in SQL only. */
  words: string;
  /** The tools and their revisions, the time and the question: when these differ, the row is written again. */
  made_from: string;
}

interface ComparisonsTable {
  slug: string;
  tool_a: string;
  tool_b: string;
  question: string;
  published_at: Date;
  revision: Generated<number>;
}

interface PicturesTable {
  /** Part of the URL: a hash of the bytes with `.png` or `.jpg`. */
  name: string;
  bytes: Buffer;
}

interface ToolPicturesTable {
  tool_slug: string;
  alt: string;
  /** Names of pictures; `dark` where the tool has another one for dark backgrounds. */
  light: string;
  dark: string | null;
}

interface AuditLogTable {
  id: Generated<number>;
  at: Date;
  actor: string;
  via: 'studio' | 'command line';
  action: string;
  week: string | null;
  request: Json<unknown>;
  before: Json<unknown>;
  after: Json<unknown>;
  outcome: 'started' | 'done';
}

interface InstallationTable {
  id: Generated<number>;
  hash_key: Buffer;
  public_url: string | null;
  demo: Generated<'undecided' | 'loading' | 'loaded' | 'declined'>;
  copied_as: string | null;
  /** Issues up to this one are the original's. */
  last_copied_issue_id: number | null;
  created_at: Generated<Date>;
}

/** The database identity as last recorded; see `src/installation/identity.ts`. */
interface InstallationPlaceTable {
  id: Generated<number>;
  system_identifier: string | null;
  timeline: string | null;
  database_id: number;
  table_id: number;
  /** The transaction that wrote this row. */
  written_by: string;
  generation: number;
  /** Other evidence that this may not be the newest state, such as mails of Resend that it lacks. */
  doubt: string | null;
  stamped_at: Date;
}

interface PastConsentsTable {
  id: GeneratedAlways<number>;
  subscriber_id: number;
  /** The consent columns of the subscriber, as they were. */
  consent: Json<Record<string, string | null>>;
  ended_at: Date;
}

interface ConsentSourcesTable {
  subscriber_id: number;
  event: 'request' | 'confirmation';
  at: Date;
  /** Network address; deleted after 30 days. */
  address: string;
}

interface SignUpCountsTable {
  /** HMAC of what is counted. */
  key: Buffer;
  since: Date;
  requests: number;
}

/** Where readers joined from, or what their addresses have in common. */
export type OriginKind = 'network' | 'mailbox' | 'domain' | 'mail host' | 'disposable';

interface OriginsTable {
  id: GeneratedAlways<number>;
  kind: OriginKind;
  /** HMAC of the origin. */
  key: Buffer;
  /** `place` of the last reader who joined. */
  readers: number;
}

interface ReaderOriginsTable {
  subscriber_id: number;
  origin_id: number;
  joined_at: Date;
  /** How many joined from there within the days in which a reader is new, this one included. */
  place: number;
  /** The issue in which staff said that these are people. */
  vouched_for_in: number | null;
}

interface SubscribersTable {
  id: GeneratedAlways<number>;
  email: string;
  status: SubscriberStatus;
  categories: Generated<string[]>;
  consent_source: string;
  consent_wording: string | null;
  requested_at: Date;
  confirmed_at: Date | null;
  paused_until: Date | null;
  unsubscribed_at: Date | null;
  /** When they last took back an unsubscribe. */
  returned_at: Date | null;
  suppressed_at: Date | null;
  suppressed_reason: string | null;
  engaged_at: Date | null;
  frequency: Generated<Frequency>;
  /** Month of the last digest enqueued for them, such as 2026-11. */
  digest_month: string | null;
  /** Which resend of the digest their last copy belongs to or, if that copy was lost, their next one; null for the first sending. */
  digest_order: string | null;
  /** Whether they get the lead, whatever its categories. */
  always_lead: Generated<boolean>;
  /** Time zone (IANA) in whose morning they get issues; null for the time of the issue. */
  morning_zone: string | null;
  /** Consecutive sign-up requests; the wait before another confirmation mail grows with each. */
  asked_times: Generated<number>;
  /** When the only reminder of an unconfirmed sign-up was sent. */
  reminded_at: Date | null;
  /** When a reader without engagement was asked whether they still want it. */
  still_asked_at: Date | null;
  /** Which form they used, such as `site` or `api`; null for consent given elsewhere. */
  consent_form: string | null;
  /** When the confirmation mail of the present consent was submitted. */
  confirmation_sent_at: Date | null;
  /** `button`, or `tap` where one tap in the mail was enough; null for consent given elsewhere. */
  confirmed_by: string | null;
  /** When an active reader who signed up again was told that they are subscribed already. */
  told_at: Date | null;
  domain: GeneratedAlways<string>;
}

interface SuppressionsTable {
  email_hash: Buffer;
  reason: string;
  created_at: Date;
  /** When an erased reader left, in one row for each of them; null in other rows, and for readers who had never confirmed. */
  departed_at: Date | null;
}

interface IssuesTable {
  id: GeneratedAlways<number>;
  week: string;
  number: number;
  status: IssueStatus;
  status_reason: string | null;
  content: Json<unknown>;
  content_hash: string;
  edits: Json<unknown>;
  /** The position of the present state in `issue_steps`. */
  step: Generated<number>;
  made_from: Json<unknown>;
  /** The same before an approval or release accepted that facts had changed. */
  made_from_before: ColumnType<unknown, string | null | undefined, string | null>;
  choice: Json<unknown>;
  cut_off_at: Date;
  drafted_at: Date;
  /** Earliest send time; null for drafts of versions that did not store it. */
  send_at: Date | null;
  approved_at: Date | null;
  approved_by: string | null;
  /** Why staff approved it despite failing checks, then the findings, one per line. */
  approved_despite: string | null;
  held_at: Date | null;
  prepared_at: Date | null;
  sent_at: Date | null;
  /** When voting closed. */
  voting_closed_at: Date | null;
  cancelled_at: Date | null;
  resume_at: Date | null;
  resumed_at: Date | null;
  /** The digest that contains it, such as 2026-11; null before, and for issues of versions that did not store it. */
  digest_month: string | null;
  /** When its deliveries were summarized and its votes deleted. */
  past_at: Date | null;
  /** How often its approval was withdrawn. */
  withdrawals: Generated<number>;
}

interface IssueComparisonsTable {
  issue_id: number;
  position: number;
  comparison_slug: string;
  tool_a: string;
  tool_b: string;
}

interface IssueRenderingsTable {
  issue_id: number;
  subject: string;
  html: string;
  text: string;
  envelope: Json<unknown>;
  content_hash: string;
  rendered_at: Date;
}

/** A selection of an issue's comparisons that some readers get; the whole issue is variant 0, of `issue_renderings`. */
interface IssueVariantsTable {
  issue_id: number;
  /** −1: readers who get nothing of this issue. */
  variant: number;
  /** Slugs, in the order of the issue. */
  comparisons: string[];
  /** Slugs of the tools in its recap. */
  recap_tools: string[];
  /** How many; null until the issue is prepared. */
  readers: number | null;
  subject: string;
  html: string;
  text: string;
}

interface BatchesTable {
  id: GeneratedAlways<number>;
  issue_id: number;
  number: number;
  idempotency_key: string;
  status: BatchStatus;
  link_key_id: string | null;
  first_attempt_at: Date | null;
  uncertain_since: Date | null;
  attempts: Generated<number>;
  last_answer: string | null;
  settled_at: Date | null;
  hand_backs: Generated<number>;
  /** When its issue was cancelled while Resend had it: it is not sent if Resend refuses it. */
  cancel_requested_at: Date | null;
  /** A variant of `issue_variants`; 0 is the whole issue. */
  variant: Generated<number>;
  /** The morning of its readers; null if it goes out with the issue. */
  send_at: Date | null;
  /** The lane through which it goes; 1 unless several are configured. */
  lane: Generated<number>;
  /** How many mails it had when it was prepared; null for batches of versions that did not store it. */
  mails: number | null;
  is_counted: Generated<boolean>;
}

/** Attempts at letters of the last days, by the letters' idempotency keys. */
interface LetterAttemptsTable {
  key: string;
  attempts: Generated<number>;
  /** Attempts that Resend certainly did not process: each may have used up a key. */
  refusals: Generated<number>;
  /** An attempt with the present key may have been processed. */
  is_uncertain: Generated<boolean>;
  began_at: Date;
}

interface DeliveriesTable {
  id: GeneratedAlways<number>;
  issue_id: number;
  subscriber_id: number;
  batch_id: number;
  position: number;
  status: DeliveryStatus;
  reason: string | null;
  email: string | null;
  resend_id: string | null;
  queued_at: Date;
  submitting_at: Date | null;
  submitted_at: Date | null;
  delivered_at: Date | null;
  delayed_at: Date | null;
  bounced_at: Date | null;
  complained_at: Date | null;
  suppressed_at: Date | null;
  failed_at: Date | null;
  skipped_at: Date | null;
  rejected_at: Date | null;
  unknown_at: Date | null;
  cancelled_at: Date | null;
  opened_at: Date | null;
  clicked_at: Date | null;
  round: Generated<number>;
}

interface DeliveryCountsTable {
  issue_id: number;
  status: DeliveryStatus;
  deliveries: number;
}

interface DeliveryChangesTable {
  issue_id: number;
  status: DeliveryStatus;
  change: number;
}

interface OpenDeliveriesTable {
  delivery_id: number;
  issue_id: number;
  status: DeliveryStatus;
}

interface DeliveryDecisionsTable {
  id: GeneratedAlways<number>;
  delivery_id: number;
  decision: 'count as sent' | 'send again';
  from_status: DeliveryStatus;
  decided_by: string;
  decided_at: Date;
}

interface WebhookEventsTable {
  svix_id: string;
  type: string;
  delivery_id: number | null;
  occurred_at: Date;
  received_at: Date;
  payload: Json<unknown>;
}

interface DeliveryEventsTable {
  svix_id: string;
  type: string;
  delivery_id: number;
  occurred_at: Date;
  received_at: Date;
  payload: Json<unknown>;
}

/** The events of a week (its Monday, UTC) that were deleted. */
interface EventCountsTable {
  week: Day;
  type: string;
  events: number;
}

/** The deliveries of a past issue, a row for 8,192 readers; see `src/past/outcome.ts`. */
interface PastDeliveriesTable {
  issue_id: number;
  part: number;
  outcomes: Buffer;
  deliveries: number;
}

/** Partitions of `deliveries` and `votes`: each has the issues from `first_issue` to before `next_issue`. */
interface PartitionsTable {
  of_table: string;
  first_issue: number;
  next_issue: number;
  name: string;
}

/** A row for each lane. The limit is a team's: it counts in the row of the team's first lane. */
interface SendRateTable {
  /** The lane's number. */
  id: Generated<number>;
  theoretical_arrival_at: Generated<Date>;
  calls_per_second: number;
  bulk_slot_at: Generated<Date>;
  stopped_at: Date | null;
  stopped_reason: string | null;
  probed_at: Date | null;
  /** Used with several lanes: no batch of this one is sent until `resume_at`, or until staff resume it. */
  paused_at: Date | null;
  paused_reason: string | null;
  resume_at: Date | null;
  resumed_at: Date | null;
}

/** Mails of lane 1 per day. */
interface SendingDaysTable {
  day: Day;
  mails: number;
}

/** Mails of the other lanes per day. */
interface LaneDaysTable {
  lane: number;
  day: Day;
  mails: number;
}

interface MailDomainsTable {
  domain: string;
  mail_host: string | null;
  known_class: KnownMailClass;
  looked_up_at: Date;
}

interface LearnedClassesTable {
  scope: 'domain' | 'mail host';
  name: string;
  class: LearnedMailClass;
  deliveries: number;
  swept: number;
  early: number;
  voted_early: number;
  untouched: Generated<number>;
  learned_at: Date;
}

interface MailClassFiguresTable {
  issue_id: number;
  domain: string;
  day: Day;
  deliveries: Generated<number>;
  swept: Generated<number>;
  early: Generated<number>;
  voted_early: Generated<number>;
  opened: Generated<number>;
  touched: Generated<number>;
}

interface CountedOpeningsTable {
  subscriber_id: number;
  issue_id: number;
  is_swept: boolean;
  is_early: boolean;
  is_voted_early: boolean;
  is_opened: Generated<boolean>;
  is_touched: Generated<boolean>;
}

interface LearningTable {
  id: Generated<number>;
  settings: string;
  learned_at: Date;
}

interface LinkOpensTable {
  issue_id: number;
  subscriber_id: number;
  tool_slug: string;
  choice: Verdict;
  opens: number;
  first_at: Date;
  last_at: Date;
  /** When this choice was made by button while scanners might still be active. */
  pressed_at: Date | null;
}

interface CastsTable {
  id: GeneratedAlways<number>;
  issue_id: number;
  voter_key: Buffer;
  tool_slug: string;
  choice: Verdict;
  way: CastWay;
  cast_at: Date;
  /** From the page's signature; null if it has no valid one. */
  rendered_at: Date | null;
  /** When somebody interacted with that page by pointer, touch, key or wheel; null if nobody did. */
  hand_at: Date | null;
  /** The browser sent this reader's own cookie. */
  is_remembered: boolean;
  is_new_reader: boolean;
  /** Cast while scanners may still be active. */
  is_early: boolean;
  source_key: Buffer | null;
  mail_host: string | null;
  /** By staff. A void also applies to every other cast of the reader on this tool, earlier or later. */
  decision: 'release' | 'void' | null;
  /** The origins by which the reader may be part of a crowd; null if there are none. */
  origins: number[] | null;
}

/** New readers of one origin who voted one-sidedly; see src/votes/crowds. */
interface CrowdsTable {
  issue_id: number;
  /** `origin 12`, or `source …` with the key of a source of votes. */
  name: string;
  kind: OriginKind | 'source';
  facts: Json<CrowdFacts>;
  found_at: Date;
  /** What staff decided about all of them, those who vote later included. */
  decision: 'release' | 'void' | null;
}

export interface CrowdFacts {
  voters: number;
  tools: CrowdTool[];
}

/** A crowd's votes on a tool beside those of everybody else. */
export interface CrowdTool {
  tool_slug: string;
  ship: number;
  skip: number;
  others_ship: number;
  others_skip: number;
  /** How likely it is that as many readers like the others would have voted so one-sidedly. */
  chance: number;
}

interface SourceSaltsTable {
  day: Day;
  salt: Buffer;
}

interface VoteDecisionsTable {
  id: GeneratedAlways<number>;
  issue_id: number;
  decision: 'release' | 'void';
  reason: string | null;
  tool_slug: string | null;
  mail_host: string | null;
  crowd: string | null;
  votes: number;
  why: string;
  decided_by: string;
  decided_at: Date;
}

interface VotesTable {
  issue_id: number;
  tool_slug: string;
  voter_key: Buffer;
  choice: Verdict;
  state: 'counted' | 'held';
  reason: string | null;
  cast_at: Date;
  changed_at: Date;
}

interface VoteCountsTable {
  issue_id: number;
  tool_slug: string;
  choice: Verdict;
  state: VotesTable['state'];
  votes: number;
}

interface VoteChangesTable {
  issue_id: number;
  tool_slug: string;
  choice: Verdict;
  state: VotesTable['state'];
  change: number;
}

interface HeldVotesTable {
  issue_id: number;
  voter_key: Buffer;
  tool_slug: string;
  choice: Verdict;
  reason: string | null;
  mail_host: string | null;
  /** Null for those held by an earlier version. */
  cast_at: Date | null;
}

interface TalliesTable {
  issue_id: number;
  tool_slug: string;
  ship: number;
  skip: number;
  held: number;
  /** Of the held ones, those of crowds of new readers. */
  waiting: Generated<number>;
  /** Readers whose votes on this tool and on the other one of the comparison are counted. */
  paired: Generated<number>;
  /** Of these: those who said Ship to this tool, and to both tools. */
  paired_ship: Generated<number>;
  both_ship: Generated<number>;
  frozen_at: Date;
}

interface ShareImagesTable {
  issue_id: number;
  comparison_slug: string;
  png: Buffer;
  drawn_at: Date;
}

/** For the next issue that is drafted. */
interface PinnedComparisonsTable {
  comparison_slug: string;
  pinned_at: Date;
}

interface IssueClicksTable {
  issue_id: number;
  /** A path of ours without its first slash. */
  link: string;
  made_by: 'person' | 'machine';
  clicks: number;
}

/** A state of what staff wrote and arranged in an issue. */
interface IssueStepsTable {
  issue_id: number;
  position: number;
  at: Date;
  /** Who made it. */
  actor: string | null;
  /** By field. */
  texts: Json<Record<string, string>>;
  /** Slugs, the lead first. */
  comparisons: string[];
}

/** What staff say about a list as a whole, where its rows do not. */
export interface FactsOfList {
  consent_source?: string;
  confirmed_at?: string;
  status?: string;
  map?: Readonly<Record<string, string>>;
}

/** What the import of an uploaded list found in it, beside its counts. */
export interface FoundInList {
  format: string;
  encoding: string;
  stopped: number;
  by_meaning: Partial<Record<string, number>>;
  ignored: readonly string[];
  unknown_statuses?: readonly string[];
}

/** A list of readers that staff uploaded, and what an import of it did or would do. */
interface ReaderImportsTable {
  id: GeneratedAlways<number>;
  /** What staff say about all of it. */
  facts: Json<FactsOfList>;
  found: ColumnType<FoundInList | null, string | null | undefined, string>;
  created_at: Date;
  actor: string;
  file_name: string;
  bytes: number;
  status: 'checking' | 'checked' | 'importing' | 'done' | 'failed';
  /** From 0 to 1. */
  progress: Generated<number>;
  added: number | null;
  unchanged: number | null;
  refused: number | null;
  /** The first lines that are refused; line 0 is the file. */
  problems: ColumnType<{ line: number; problem: string }[], string | undefined, string>;
}

interface ReaderImportChunksTable {
  import_id: number;
  position: number;
  bytes: Buffer;
}

/** Changes of reviewers, tools and comparisons: what was imported or edited, and what it replaced. */
interface ContentChangesTable {
  id: GeneratedAlways<number>;
  at: Date;
  actor: string;
  via: string;
  kind: 'reviewers' | 'tools' | 'comparisons';
  slug: string;
  before: object | null;
  after: object;
}

/** Written by better-auth, like the other tables of staff. */
interface StaffUsersTable {
  id: string;
  name: string;
  email: string;
  email_verified: boolean;
  image: string | null;
  created_at: Date;
  updated_at: Date;
}

interface StaffSessionsTable {
  id: string;
  user_id: string;
  /** The session's cookie also needs a signature, so that this alone opens nothing. */
  token: string;
  expires_at: Date;
  ip_address: string | null;
  user_agent: string | null;
  created_at: Date;
  updated_at: Date;
}

/** For passwords and other providers; better-auth requires it, and it stays empty. */
interface StaffAccountsTable {
  id: string;
  user_id: string;
  account_id: string;
  provider_id: string;
  access_token: string | null;
  refresh_token: string | null;
  id_token: string | null;
  access_token_expires_at: Date | null;
  refresh_token_expires_at: Date | null;
  scope: string | null;
  password: string | null;
  created_at: Date;
  updated_at: Date;
}

/** One-time links (only their hashes) and the challenges of passkeys. */
interface StaffVerificationsTable {
  id: string;
  identifier: string;
  value: string;
  expires_at: Date;
  created_at: Date;
  updated_at: Date;
}

interface StaffPasskeysTable {
  id: string;
  user_id: string;
  name: string | null;
  credential_id: string;
  public_key: string;
  counter: number;
  device_type: string;
  backed_up: boolean;
  transports: string | null;
  aaguid: string | null;
  created_at: Date | null;
}

/** Attempts to sign in, by source. */
interface StaffAttemptsTable {
  id: string;
  key: string;
  count: number;
  /** Milliseconds since 1970. */
  last_request: number;
}

/** Moves of this database after which its ids were advanced. */
interface IdAdvancesTable {
  move: string;
  advanced_at: Date;
}

interface ScheduleRunsTable {
  schedule: string;
  period: string;
  outcome: 'started' | 'too late';
  ran_at: Date;
}

/** A reader's requested address change; applied once confirmed. */
interface AddressChangesTable {
  id: GeneratedAlways<number>;
  subscriber_id: number;
  email: string;
  requested_at: Date;
  confirmed_at: Date | null;
  /** The previous address, until it was notified; afterwards only its hash is stored. */
  replaced: string | null;
  replaced_hash: Buffer | null;
  /** The domain of the previous address, for as long as votes on a mail to it are judged. */
  replaced_domain: string | null;
}

interface StaffNoticesTable {
  id: GeneratedAlways<number>;
  subject_key: string;
  message: string;
  /** The other fields of a StaffNotice. */
  details: Json<{ title?: string; figures?: [string, string][]; week?: string; is_routine?: boolean }>;
  created_at: Date;
  /** When a worker first tried to mail it, or is about to. */
  first_mailed_at: Date | null;
}

/** The endpoints of OUTGOING_WEBHOOKS, as workers last had them in their settings. */
interface OutgoingEndpointsTable {
  url: string;
  added_at: Date;
  /** When a worker last had it in its settings. */
  named_at: Date;
  /** When it first answered that it is gone for good. */
  gone_at: Date | null;
}

interface OutgoingEventsTable {
  id: GeneratedAlways<number>;
  /** What receivers know it by: unlike `id`, no restored database gives it to another event. */
  message_id: Generated<string>;
  type: string;
  at: Date;
  /** The reader it is about, whose address is read at delivery. */
  subscriber_id: number | null;
  data: Json<Record<string, string>>;
}

/** The delivery of an event to one endpoint. */
interface OutgoingDeliveriesTable {
  event_id: number;
  url: string;
  status: Generated<'waiting' | 'delivered' | 'failed'>;
  attempts: Generated<number>;
  due_at: Date;
  last_answer: string | null;
  ended_at: Date | null;
}

interface OutboxRequestsTable {
  endpoint: string;
  idempotency_key: string;
  body_hash: string;
  response: string;
  created_at: Date;
}

interface OutboxMailsTable {
  id: string;
  sequence: GeneratedAlways<number>;
  from_address: string;
  to_addresses: string[];
  cc_addresses: string[];
  bcc_addresses: string[];
  reply_to: string[];
  subject: string;
  html: string | null;
  text: string | null;
  headers: Json<Record<string, string>>;
  tags: Json<{ name: string; value: string }[]>;
  last_event: string;
  created_at: Date;
}

interface OutboxWebhooksTable {
  svix_id: string;
  mail_id: string;
  position: number;
  type: string;
  payload: string;
  copies: number;
  due_at: Date | null;
  attempts: Generated<number>;
  last_status: number | null;
  delivered_at: Date | null;
}

/** Running processes; each reports every 15 seconds. */
interface ProcessesTable {
  id: string;
  role: 'web' | 'worker' | 'both';
  host: string;
  pid: number;
  version: string;
  started_at: Date;
  seen_at: Date;
}

interface MigrationHashesTable {
  name: string;
  hash: string;
  applied_at: Generated<Date>;
}

export type Row<Table extends keyof Database> = Selectable<Database[Table]>;
export type NewRow<Table extends keyof Database> = Insertable<Database[Table]>;
