import type { Context } from '../../context.ts';
import { voterKey } from '../../installation/installation.ts';
import type { Ballot } from '../../links/tokens.ts';
import type { Verdict } from '../../database/schema.ts';
import type { Cast, Evidence } from '../evidence/evidence.ts';
import { judge } from '../judge/judge.ts';
import { loadEvidence } from '../evidence/load-evidence.ts';
import type { Thresholds } from '../../config/settings/judging-settings.ts';

interface HeldVote {
  tool_slug: string;
  choice: Verdict;
}

/** How long a reader takes to read the page before pressing. */
const READING_MS = 2_000;
/** Added to the end of a rule's time limit. */
const MARGIN_MS = 1_000;

/**
 * For a reader whose vote is held: how many milliseconds after `now`, the time at which the page is rendered, a press of its
 * button would count by the judge's own rules, without any other human interaction; 0 if it would count as soon as the
 * page has been read; undefined if waiting does not help.
 */
export async function timeUntilPressCounts(
  { config, installation, preparedDb }: Context,
  ballot: Ballot,
  vote: HeldVote,
  now: Date,
): Promise<number | undefined> {
  const voter = { ...ballot, voter_key: voterKey(installation, ballot.subscriber_id) };
  const { readers } = await loadEvidence(preparedDb, [voter], { thresholds: config.judging });
  const [evidence] = readers;
  return evidence && findWait(evidence, vote, now, config.judging);
}

/** As `timeUntilPressCounts`, from evidence that has been loaded. */
export function findWait(
  evidence: Pick<Evidence, 'casts' | 'arrived_at' | 'mail_class' | 'opens'>,
  { tool_slug, choice }: HeldVote,
  now: Date,
  thresholds: Thresholds,
): number | undefined {
  const { casts, arrived_at } = evidence;
  const last = casts.at(-1);
  const pressAt = (time: number): Cast => ({
    tool_slug,
    choice,
    way: 'button',
    cast_at: new Date(time),
    rendered_at: now,
    hand_at: null,
    is_remembered: false,
    source_readers: last?.source_readers ?? 0,
    early_source_readers: last?.early_source_readers ?? 0,
    crowd_finding: last?.crowd_finding ?? null,
    decision: null,
  });
  const isCountedAt = (time: number) => {
    const judgement = judge([...casts, pressAt(time)], evidence, thresholds).get(tool_slug);
    return judgement?.state === 'counted' && judgement.choice === choice;
  };
  const repeatable = casts.filter((cast) => cast.tool_slug === tool_slug && cast.choice === choice);
  const limits = [
    ...repeatable.map(({ cast_at }) => cast_at.getTime() + thresholds.pressing_hours * 3_600_000),
    ...(last ? [last.cast_at.getTime() + thresholds.both_choices_seconds * 1_000] : []),
    ...(arrived_at
      ? [
          thresholds.unread_seconds / 60,
          thresholds.at_delivery_seconds / 60,
          thresholds.pressing_minutes,
          thresholds.scanning_minutes,
          thresholds.pressing_hours * 60,
        ].map((minutes) => arrived_at.getTime() + minutes * 60_000)
      : []),
  ];
  const earliest = now.getTime() + READING_MS;
  const times = [
    earliest,
    ...limits.map((end) => Math.max(earliest, end + MARGIN_MS)).toSorted((a, b) => a - b),
  ];
  const first = times.find(isCountedAt);
  return first === undefined ? undefined : first === earliest ? 0 : first - now.getTime();
}
