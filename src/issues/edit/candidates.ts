import type { ComparisonFacts } from '../../comparisons/show/facts.ts';
import type { Week } from '../../week.ts';
import type { StoredChoice } from '../record/issue.ts';
import { listPreheaders, listSubjects } from '../write/subject.ts';

const MAX_CANDIDATES = 5;

/** The subjects and preheaders that staff can choose from; the first of each is the draft's. */
export function listCandidates(
  week: Week,
  [lead, ...more]: readonly ComparisonFacts[],
): Pick<StoredChoice, 'subjects' | 'preheaders'> {
  const headlines = more.map(({ tools }) => tools.map(({ name }) => name).join(' vs '));
  const lines = lead && { week, lead: lead.tools, headlines };
  return lines
    ? {
        subjects: listSubjects(lines).slice(0, MAX_CANDIDATES),
        preheaders: listPreheaders(lines).slice(0, MAX_CANDIDATES),
      }
    : {};
}
