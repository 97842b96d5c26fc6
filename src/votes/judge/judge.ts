import type { MailClass, Verdict } from '../../database/schema.ts';
import type { Thresholds } from '../../config/settings/judging-settings.ts';
import type { Cast, Circumstances, CrowdReason } from '../evidence/evidence.ts';
import type { Reason } from './reason.ts';
import { isHuman } from './_person.ts';
import { type Rule, RULES } from './_rules.ts';
import type { RuleInput } from './_rule-input.ts';
import { scanningOf } from './_scanning.ts';

/**
 * In order of precedence: the first one that applies to any of a reader's crowds is the reason why their votes are
 * held.
 */
const CROWD_REASONS: readonly CrowdReason[] = ['voided by staff', 'one origin'];

export interface Judgement {
  choice: Verdict;
  state: 'counted' | 'held';
  /** Why it is held; null when counted. */
  reason: Reason | null;
  cast_at: Date;
  /** It is counted, and a person was seen to cast it: their browser may be remembered. */
  is_by_person: boolean;
}

/**
 * Judges one reader's casts in one issue. For each tool, the last cast that no rule holds counts, except that an
 * automatic cast does not change a choice that already counts, unless staff released it; if rules hold all casts, the
 * vote is held for the reason of the last one. The order in which casts and evidence became known makes no difference.
 */
export function judge(
  casts: readonly Cast[],
  circumstances: Circumstances,
  thresholds: Thresholds,
  rules: readonly Rule[] = RULES,
): Map<string, Judgement> {
  const judgements = new Map<string, Judgement>();
  const inOrder = casts.toSorted(
    (a, b) => a.cast_at.getTime() - b.cast_at.getTime() || compare(a.choice, b.choice),
  );
  for (const cast of inOrder) {
    const mail_class = classFor(cast, circumstances, thresholds);
    const host_class = circumstances.mail_class;
    const input = { ...circumstances, mail_class, host_class, cast, casts, thresholds };
    const reason = reasonToHold(input, rules);
    const before = judgements.get(cast.tool_slug);
    if (before?.state !== 'counted' || (reason === null && mayChange(cast, before))) {
      const { tool_slug, choice, cast_at } = cast;
      const state = reason === null ? 'counted' : 'held';
      const is_by_person = state === 'counted' && (cast.is_remembered || isHuman(input));
      judgements.set(tool_slug, { choice, state, reason, cast_at, is_by_person });
    }
  }
  const reasons = new Set(casts.map(({ crowd_finding }) => crowd_finding));
  const reason = reasons.has('released') ? undefined : CROWD_REASONS.find((one) => reasons.has(one));
  return reason ? holdAsCrowd(judgements, reason) : judgements;
}

/**
 * A page that was opened before the reader voted elsewhere may cast its vote by itself much later, so only a press, or
 * a release by staff, changes which choice counts.
 */
function mayChange({ way, choice, decision }: Cast, before: Judgement): boolean {
  return way !== 'automatic' || choice === before.choice || decision === 'release';
}

/**
 * The mail host's class, unless that is not a scanning one and this mail was scanned anyway: both links of several
 * tools were opened within minutes of each other, by a program of the reader's or by a scanner in front of their
 * mailbox. Links first opened long after a cast, such as by a scanner of somebody to whom the mail was forwarded, say
 * nothing about that cast.
 */
function classFor(
  { cast_at }: Cast,
  { mail_class, opens }: Circumstances,
  { swept_tools, swept_minutes }: Thresholds,
): MailClass {
  if (scanningOf(mail_class).opens) {
    return mail_class;
  }
  const until_ms = cast_at.getTime() + swept_minutes * 60_000;
  const earlier = opens.filter(({ first_at }) => first_at.getTime() <= until_ms);
  const swept = earlier.filter(
    ({ tool_slug, choice, first_at }) =>
      choice === 'ship' &&
      earlier.some(
        (other) =>
          other.tool_slug === tool_slug &&
          other.choice === 'skip' &&
          Math.abs(other.first_at.getTime() - first_at.getTime()) <= swept_minutes * 60_000,
      ),
  );
  return swept.length >= swept_tools ? 'scanned' : mail_class;
}

/**
 * Holds all votes, however each was cast and whatever staff decided about single casts: what makes a crowd is who its
 * readers are. Staff release a crowd as a whole.
 */
function holdAsCrowd(
  judgements: ReadonlyMap<string, Judgement>,
  reason: CrowdReason,
): Map<string, Judgement> {
  return new Map(
    [...judgements].map(([tool, judgement]) => [
      tool,
      judgement.state === 'held' ? judgement : { ...judgement, state: 'held', reason, is_by_person: false },
    ]),
  );
}

function reasonToHold(input: RuleInput, rules: readonly Rule[]): Reason | null {
  const { decision, is_remembered, tool_slug } = input.cast;
  if (decision === 'release') {
    return null;
  }
  if (input.casts.some((cast) => cast.tool_slug === tool_slug && cast.decision === 'void')) {
    return 'voided by staff';
  }
  // The cookie is set only after a vote that counted and that a person was seen to cast, so a scanner's browser never
  // has it.
  return is_remembered ? null : (rules.find(([, holds]) => holds(input))?.[0] ?? null);
}

function compare(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}
