import type { Context } from '../../context.ts';
import { voterKey } from '../../database/installation.ts';
import type { Ballot } from '../../links/tokens.ts';
import type { Verdict } from '../../database/schema.ts';
import type { Evidence } from './evidence.ts';
import { type Cast, judge } from './judge.ts';
import { loadEvidence } from './load-evidence.ts';
import type { Thresholds } from '../../config/judging-settings.ts';

interface HeldVote {
  tool_slug: string;
  choice: Verdict;
}

/** Reading comes before tapping. */
const READING_MS = 2_000;
/** Just past the end of a rule's time. */
const MARGIN_MS = 1_000;

/**
 * For a reader whose vote is held: milliseconds until a press of its button alone would count, by nothing but the
 * judge's own rules and without any other sign of a person; undefined when waiting does not help.
 */
export async function timeUntilTapCounts(
  { config, installation, votesDb }: Context,
  ballot: Ballot,
  vote: HeldVote,
  now: Date,
): Promise<number | undefined> {
  const voter = { ...ballot, voter_key: voterKey(installation, ballot.subscriber_id) };
  const asking = { spikes: new Set<string>(), thresholds: config.judging };
  const { readers } = await loadEvidence(votesDb, [voter], asking);
  const [evidence] = readers;
  return evidence && findWait(evidence, vote, now, config.judging);
}

/** From the evidence alone. */
function findWait(
  evidence: Pick<Evidence, 'casts' | 'submitted_at' | 'mail_class' | 'opens'>,
  { tool_slug, choice }: HeldVote,
  now: Date,
  thresholds: Thresholds,
): number | undefined {
  const { casts, submitted_at } = evidence;
  const last = casts.at(-1);
  const tapAt = (time: number): Cast => ({
    tool_slug,
    choice,
    way: 'button',
    cast_at: new Date(time),
    rendered_at: now,
    hand_at: null,
    is_remembered: false,
    source_readers: last?.source_readers ?? 0,
    early_source_readers: last?.early_source_readers ?? 0,
    is_in_spike: last?.is_in_spike ?? false,
    decision: null,
  });
  const counts = (time: number) =>
    judge([...casts, tapAt(time)], evidence, thresholds).get(tool_slug)?.state === 'counted';
  const ends = [
    ...(last ? [last.cast_at.getTime() + thresholds.both_choices_seconds * 1_000] : []),
    ...(submitted_at
      ? [thresholds.pressing_minutes, thresholds.scanning_minutes].map(
          (minutes) => submitted_at.getTime() + minutes * 60_000,
        )
      : []),
  ];
  const soonest = now.getTime() + READING_MS;
  const times = [soonest, ...ends.map((end) => Math.max(soonest, end + MARGIN_MS)).toSorted((a, b) => a - b)];
  const first = times.find(counts);
  return first === undefined ? undefined : first - soonest;
}
