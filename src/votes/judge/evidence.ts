import type { Cast, Circumstances } from './judge.ts';

/** One reader's vote in one issue. */
export interface Voter {
  issue_id: number;
  subscriber_id: number;
  voter_key: Buffer;
}

/** A cast as stored; `id` is undefined until it is. */
export interface StoredCast extends Cast {
  id: number | undefined;
  source_key: string | null;
  is_new_reader: boolean;
  is_early: boolean;
}

export interface Evidence extends Circumstances {
  is_closed: boolean;
  /** The issue was sent to them: they had confirmed before. */
  is_eligible: boolean;
  confirmed_at: Date | null;
  mail_host: string | null;
  casts: StoredCast[];
  /** Another one once a cast of the reader was added, changed or deleted; see `lock_voters` in the migrations. */
  version: number;
}

/** By the key of a place: how many other readers voted from there, and how many of them while scanners are about. */
export type Sources = ReadonlyMap<string, { readers: number; early_readers: number }>;
