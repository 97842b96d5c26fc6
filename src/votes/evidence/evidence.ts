import type { CastWay, MailClass, OriginKind, Verdict } from '../../database/schema.ts';

/** Votes of a crowd wait for a decision of staff, or had it. */
export type CrowdReason = 'one origin' | 'voided by staff';
/** `released`: staff know that one of the reader's crowds is people, and so is the reader, whatever others they are in. */
export type CrowdFinding = CrowdReason | 'released';

/** One post of a vote, as stored in evidence. */
export interface Cast {
  tool_slug: string;
  choice: Verdict;
  way: CastWay;
  cast_at: Date;
  /** From the page's signature; null without a valid one. */
  rendered_at: Date | null;
  /** When there was human interaction on that page: pointer, touch, key, scroll. */
  hand_at: Date | null;
  /** The browser sent this reader's own cookie. */
  is_remembered: boolean;
  /** Number of readers who voted from the same source that day, this one included; 0 when the source is unknown. */
  source_readers: number;
  /** Of these, the number who did so within `scanning_minutes` of delivery, in a browser that was not theirs. */
  early_source_readers: number;
  /** Of a reader whose origin, or whose source, is that of a crowd. */
  crowd_finding: CrowdFinding | null;
  /** Of staff, about this cast. A void is about every later one of the reader on this tool, too. */
  decision: 'release' | 'void' | null;
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
  submitted_at: Date | null;
  mail_class: MailClass;
  opens: readonly LinkOpen[];
}

/** One reader in one issue. */
export interface Voter {
  issue_id: number;
  subscriber_id: number;
  voter_key: Buffer;
}

/** A cast with its columns; `id` is undefined until it is stored. */
export interface StoredCast extends Cast {
  id: number | undefined;
  source_key: string | null;
  is_new_reader: boolean;
  is_early: boolean;
  /** By which the reader may be a part of a crowd; null if there are none. */
  origins: readonly number[] | null;
}

/** Where a reader joined from. */
export interface ReaderOrigin {
  id: number;
  kind: OriginKind;
  /** How many readers have joined from there lately. */
  readers: number;
  joined_at: Date;
  /** How many had when this one did. */
  place: number;
  /** Staff said, in another issue, that its readers are people. */
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

/** By source key: how many other readers voted from that source, and how many of them while scanners are active. */
export type Sources = ReadonlyMap<string, { readers: number; early_readers: number }>;
