import type { Cast, Circumstances } from './judge.ts';

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
}

/** Everything that is known about one reader's votes in one issue. */
export interface Evidence extends Circumstances {
  is_closed: boolean;
  /** The issue was sent to this reader. */
  is_eligible: boolean;
  confirmed_at: Date | null;
  mail_host: string | null;
  /** In the order in which they were stored; those without an `id` come last. */
  casts: readonly StoredCast[];
  /** Changes whenever a cast of the reader is added, changed or deleted; see `lock_voters` in the migrations. */
  version: number;
}

/** By source key: how many other readers voted from that source, and how many of them while scanners are active. */
export type Sources = ReadonlyMap<string, { readers: number; early_readers: number }>;
