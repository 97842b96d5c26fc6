import type { MailClass, OriginKind, Row, Verdict } from '../../database/schema.ts';

/** Why a crowd's votes are held: they wait for a decision of staff, or staff voided them. */
export type CrowdReason = 'one origin' | 'voided by staff';
/**
 * `released`: staff know that the readers of one of the reader's crowds are people. Then this reader is one as well,
 * whatever other crowds they are in.
 */
export type CrowdFinding = CrowdReason | 'released';

/** One post of a vote, as stored in evidence. */
export interface Cast extends Pick<
  Row<'casts'>,
  'tool_slug' | 'choice' | 'way' | 'cast_at' | 'rendered_at' | 'hand_at' | 'is_remembered' | 'decision'
> {
  /** Number of readers who voted from the same source, this one included; 0 if the source is unknown. */
  source_readers: number;
  /** How many of them did so within `scanning_minutes` of delivery, in a browser that was not known to be theirs. */
  early_source_readers: number;
  /** What follows from the crowds that the reader is in by this cast's origins or source; null if there are none. */
  crowd_finding: CrowdFinding | null;
}

/** A vote link of the reader that was opened, by a person or a scanner. */
export interface LinkOpen {
  tool_slug: string;
  choice: Verdict;
  first_at: Date;
  last_at: Date;
}

/** What is known about one reader's delivery of one issue. */
export interface Circumstances {
  arrived_at: Date | null;
  mail_class: MailClass;
  opens: readonly LinkOpen[];
}

/** One reader in one issue. */
export interface Voter {
  issue_id: number;
  subscriber_id: number;
  voter_key: Buffer;
}

/** A cast, and the columns that no rule reads; `id` is undefined until it is stored. */
export interface StoredCast extends Cast {
  id: number | undefined;
  source_key: string | null;
  is_new_reader: boolean;
  is_early: boolean;
  /** The ids of the origins by which the reader may be part of a crowd; null if there are none. */
  origins: readonly number[] | null;
}

/** An origin of a reader: something that they have in common with others who joined. */
export interface ReaderOrigin {
  id: number;
  kind: OriginKind;
  /** How many readers have joined with this origin. */
  readers: number;
  joined_at: Date;
  /** How many had joined with it when this reader did, this one included. */
  place: number;
  /** Staff have released, in another issue, a crowd that this reader was in. */
  is_vouched_for: boolean;
}

/** Everything that is known about one reader's votes in one issue. */
export interface Evidence extends Circumstances {
  is_closed: boolean;
  /** The issue was sent to this reader. */
  is_eligible: boolean;
  confirmed_at: Date | null;
  mail_host: string | null;
  origins: readonly ReaderOrigin[];
  /** In the order in which they were stored; those without an `id` come last. */
  casts: readonly StoredCast[];
  /** Changes whenever a cast of the reader is added, changed or deleted; see `lock_voters` in the migrations. */
  version: number;
}

/** By source key: how many other readers voted from that source, and how many of them in the scanning window. */
export type Sources = ReadonlyMap<string, { readers: number; early_readers: number }>;
