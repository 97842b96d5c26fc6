import type { ComparisonFacts } from '../../comparisons/show/facts.ts';
import type { Week } from '../../week.ts';
import type { StoredChoice } from '../record/issue.ts';
import { headlineOf, withShortLabels } from '../write/compose.ts';
import { listPreheaders, listSubjects } from '../write/subject.ts';

const MAX_CANDIDATES = 5;

/** The subjects and preheaders that staff can choose from; the first of each is the draft's. */
export function listCandidates(
  week: Week,
  comparisons: readonly ComparisonFacts[],
): Pick<StoredChoice, 'subjects' | 'preheaders'> {
  const [lead, ...more] = comparisons.map(
    ({ tools: [a, b] }) => [withShortLabels(a), withShortLabels(b)] as const,
  );
  if (!lead) {
    return {};
  }
  const lines = { week, lead, headlines: more.map(headlineOf) };
  return {
    subjects: listSubjects(lines).slice(0, MAX_CANDIDATES),
    preheaders: listPreheaders(lines).slice(0, MAX_CANDIDATES),
  };
}
