import { categoryLabel } from '../../../emails/_parts/text/columns.ts';
import type {
  ComparisonContent,
  IssueContent,
  RecapContent,
} from '../../../emails/_parts/content/content.ts';
import type { Edits } from '../record/edits.ts';
import { isSuggestion, type Suggestions } from '../record/is-suggestion.ts';
import { readingMinutes } from '../write/reading-time.ts';
import { describeWidestGap } from '../write/recap.ts';
import { listPreheaders, listSubjects } from '../write/subject.ts';

/** Which comparisons of an issue a reader gets. */
export interface ReaderChoice {
  /** Empty for all. */
  categories: readonly string[];
  /**
   * Whether they also get the lead if it is of another category; if not, a week with nothing of theirs brings no mail.
   */
  always_lead: boolean;
}

interface EditedContent {
  content: IssueContent;
  edits: Edits;
  /** The suggestions of the whole issue. */
  choice?: Suggestions;
}

/**
 * An issue as a reader with this choice gets it; the first comparison that is left becomes the lead. The recap has the
 * tools that they got in `recapped`, the issue that it is about. Returns undefined if nothing is left, and the same
 * object if everything is.
 */
export function selectContent(
  { content, edits, choice: suggestions = {} }: EditedContent,
  recapped: IssueContent | undefined,
  choice: ReaderChoice,
): IssueContent | undefined {
  const comparisons = selectComparisons(content, choice);
  const [lead, ...more] = comparisons;
  if (!lead) {
    return undefined;
  }
  const left_out = 1 + content.more.length - comparisons.length;
  const recap = content.recap && recapped ? selectRecap(content.recap, recapped, choice) : content.recap;
  if (left_out === 0 && recap === content.recap) {
    return content;
  }
  return {
    ...content,
    ...(left_out > 0 ? { ...writeLines(content, { edits, suggestions }, lead, more), left_out } : {}),
    minutes: readingMinutes(lead, more, recap),
    lead,
    more,
    recap,
  };
}

/** The comparisons of this choice, in the order of the issue. */
function selectComparisons(
  { lead, more }: IssueContent,
  { categories, always_lead }: ReaderChoice,
): ComparisonContent[] {
  const wanted = new Set(categories.map(categoryLabel));
  return [lead, ...more].filter(
    (comparison) =>
      wanted.size === 0 ||
      (always_lead && comparison === lead) ||
      comparison.tools.some(({ category }) => wanted.has(category)),
  );
}

/** What staff wrote stays, if the reader gets the lead that it is about; a suggestion may name what they do not get. */
function writeLines(
  { week, lead, subject, preheader }: IssueContent,
  { edits, suggestions }: { edits: Edits; suggestions: Suggestions },
  selected: ComparisonContent,
  more: readonly ComparisonContent[],
): Pick<IssueContent, 'subject' | 'preheader'> {
  const isOwn = (field: 'subject' | 'preheader', text: string) =>
    selected === lead && edits[field] !== undefined && !isSuggestion(suggestions, field, text);
  const lines = { week, lead: selected.tools, headlines: more.map(({ headline }) => headline) };
  return {
    subject: (isOwn('subject', subject) ? subject : listSubjects(lines)[0]?.text) ?? selected.headline,
    preheader:
      (isOwn('preheader', preheader) ? preheader : listPreheaders(lines)[0]?.text) ?? selected.verdict,
  };
}

/** Figures about all votes stay; null if the reader got none of the comparisons of the recap. */
function selectRecap(recap: RecapContent, recapped: IssueContent, choice: ReaderChoice): RecapContent | null {
  const comparisons = selectComparisons(recapped, choice);
  const slugs = new Set(comparisons.flatMap(({ tools }) => tools.map(({ slug }) => slug)));
  const tools = recap.tools.filter(({ slug }) => slugs.has(slug));
  if (tools.length === recap.tools.length) {
    return recap;
  }
  const percents = new Map(tools.map(({ slug, percents }) => [slug, percents?.readers ?? undefined]));
  return tools.length === 0
    ? null
    : {
        ...recap,
        tools,
        widest_gap: describeWidestGap(
          comparisons.flatMap(({ tools }) => tools),
          (slug) => percents.get(slug),
        ),
        too_close: recap.too_close.filter((headline) =>
          comparisons.some((comparison) => comparison.headline === headline),
        ),
      };
}
