import { THRESHOLDS } from '../../../src/config/settings/judging-settings.ts';
import type { Verdict } from '../../../src/database/schema.ts';
import type { Cast, LinkOpen } from '../../../src/votes/evidence/evidence.ts';
import type { Plan } from './week.ts';

/** The evidence that the service would hold about one reader, and what the person was asked to do. */
export interface Ledger {
  plan: Plan;
  casts: (Cast & { source: string })[];
  opens: Map<string, LinkOpen>;
  pressed_early: boolean;
  /** The tools for which the person did everything that was asked. */
  cast: Set<number>;
  was_asked: boolean;
  gave_up: boolean;
}

const SENT_MS = Date.UTC(2026, 10, 24, 14);

/** The time this many seconds after Resend accepted the mail. */
export function time(seconds: number): Date {
  return new Date(SENT_MS + Math.round(seconds * 1_000));
}

export function openLedger(plan: Plan): Ledger {
  return {
    plan,
    casts: [],
    opens: new Map(),
    pressed_early: false,
    cast: new Set(),
    was_asked: false,
    gave_up: false,
  };
}

type Post = Pick<
  Cast,
  'tool_slug' | 'choice' | 'way' | 'cast_at' | 'rendered_at' | 'hand_at' | 'is_remembered'
> & {
  source: string;
};

export function addCast({ casts }: Ledger, post: Post): void {
  casts.push({ ...post, source_readers: 0, early_source_readers: 0, crowd_finding: null, decision: null });
}

export function addOpen({ opens }: Ledger, tool: number, choice: Verdict, at: number): void {
  const known = opens.get(`${tool} ${choice}`);
  const first_at = known && known.first_at < time(at) ? known.first_at : time(at);
  const last_at = known && known.last_at > time(at) ? known.last_at : time(at);
  opens.set(`${tool} ${choice}`, { tool_slug: String(tool), choice, first_at, last_at });
}

/**
 * Counts the readers who voted from the same source on the same day, and those of them who did so while scanners are
 * active.
 */
export function countSources(ledgers: readonly Ledger[]): void {
  const readers = new Map<string, Set<Ledger>>();
  const count = (ledger: Ledger, key: string) =>
    readers.set(key, (readers.get(key) ?? new Set()).add(ledger));
  for (const ledger of ledgers) {
    for (const cast of ledger.casts) {
      count(ledger, keyOf(cast));
      if (!cast.is_remembered && cast.cast_at < time(THRESHOLDS.scanning_minutes * 60)) {
        count(ledger, `early ${keyOf(cast)}`);
      }
    }
  }
  for (const cast of ledgers.flatMap(({ casts }) => casts)) {
    cast.source_readers = readers.get(keyOf(cast))?.size ?? 0;
    cast.early_source_readers = readers.get(`early ${keyOf(cast)}`)?.size ?? 0;
  }
}

function keyOf({ source, cast_at }: Ledger['casts'][number]): string {
  return `${source} ${cast_at.toISOString().slice(0, 10)}`;
}

/** Judges as the query in src/votes/learn/_count-evidence.ts does. */
export function isBulkOpened({ opens }: Ledger): boolean {
  const both = [...opens.values()].filter(({ tool_slug, choice, first_at }) => {
    const other = choice === 'ship' ? opens.get(`${tool_slug} skip`) : undefined;
    const apart = other && Math.abs(other.first_at.getTime() - first_at.getTime());
    return apart !== undefined && apart <= THRESHOLDS.swept_seconds * 1_000;
  });
  return both.length >= THRESHOLDS.swept_tools;
}
