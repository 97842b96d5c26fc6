import { sql } from 'kysely';
import type { IssueContent } from '../../../emails/_parts/content/content.ts';
import type { Config } from '../../config/config.ts';
import type { Db, Tx } from '../../database/connect.ts';
import { findIssue, type Issue } from '../record/issue.ts';
import { renderIssue } from '../render/render.tsx';
import { keepKnown } from './match-categories.ts';
import { type ReaderChoice, selectContent } from './select-content.ts';

/**
 * Variants beyond this number, the rarest ones, have no recap, so that an issue of five comparisons has at most 31 more
 * variants.
 */
const MAX_WITH_RECAP = 24;
export const WHOLE_ISSUE = 0;
export const NOTHING = -1;
const WEEKLY_READERS = sql`(select * from subscribers where status = 'active' and frequency = 'weekly')`;

/** The variant of all readers with one choice; `categories` is an array as PostgreSQL writes it. */
export interface AssignedChoice {
  categories: string;
  always_lead: boolean;
  variant: number;
  readers: number;
}

/** `key`: the categories, as PostgreSQL writes an array. */
export interface FoundChoice extends ReaderChoice {
  key: string;
  readers: number;
}

interface Selection {
  choices: FoundChoice[];
  content: IssueContent;
  readers: number;
}

/**
 * Renders what these choices make of an approved issue, once for all readers who get the same; keeps what was rendered
 * before. Returns which variant each choice gets; a choice that is absent gets the whole issue.
 */
export async function renderVariants(
  tx: Tx,
  issue: Issue,
  config: Config,
  found: readonly FoundChoice[],
): Promise<AssignedChoice[]> {
  const choices = await keepKnown(tx, found, issue.content);
  if (choices.length === 0) {
    return [];
  }
  const recapped = await findRecapped(tx, issue);
  const selections = new Map<string, Selection>();
  const assigned: AssignedChoice[] = [];
  for (const choice of choices) {
    const content = selectContent(issue, recapped, choice);
    if (!content) {
      assigned.push(assign(choice, NOTHING));
    } else if (content !== issue.content) {
      const signature = signatureOf(content);
      const selection = selections.get(signature) ?? { choices: [], content, readers: 0 };
      selection.choices.push(choice);
      selection.readers += choice.readers;
      selections.set(signature, selection);
    }
  }
  const known = await listVariants(tx, issue.id);
  const numbers = new Map(known.map((variant) => [signatureOfRow(variant), variant.variant]));
  for (const selection of limitRecaps([...selections.values()].toSorted((a, b) => b.readers - a.readers))) {
    const { content } = selection;
    const signature = signatureOf(content);
    const variant = numbers.get(signature) ?? Math.max(WHOLE_ISSUE, ...numbers.values()) + 1;
    if (!numbers.has(signature)) {
      numbers.set(signature, variant);
      await insertVariant(tx, issue.id, variant, content, config);
    }
    assigned.push(...selection.choices.map((choice) => assign(choice, variant)));
  }
  return assigned;
}

/** What a reader with this choice would get of an issue that is not prepared yet; undefined if that is nothing. */
export async function findSelection(
  db: Db | Tx,
  issue: Issue,
  choice: ReaderChoice,
): Promise<IssueContent | undefined> {
  const [known] = await keepKnown(db, [choice], issue.content);
  return known ? selectContent(issue, await findRecapped(db, issue), known) : issue.content;
}

export interface Variant {
  variant: number;
  comparisons: string[];
  recap_tools: string[];
  readers: number | null;
}

/**
 * The frozen variant with this content, or else the one without a recap; undefined if neither was rendered, or this is
 * the whole issue.
 */
export async function findVariant(
  db: Db | Tx,
  issue: Issue,
  content: IssueContent,
): Promise<number | undefined> {
  const variants = await listVariants(db, issue.id);
  const withRecap = variants.find((variant) => signatureOfRow(variant) === signatureOf(content));
  const without = signatureOf({ ...content, recap: null });
  return (withRecap ?? variants.find((variant) => signatureOfRow(variant) === without))?.variant;
}

/** The variants in their order, without the whole issue. */
export async function listVariants(db: Db | Tx, issueId: number): Promise<Variant[]> {
  const variants = await listVariantsOf(db, [issueId]);
  return variants.get(issueId) ?? [];
}

/** As `listVariants`, of several issues at once; those without any are absent. */
export async function listVariantsOf(
  db: Db | Tx,
  issueIds: readonly number[],
): Promise<Map<number, Variant[]>> {
  const rows = await db
    .selectFrom('issue_variants')
    .select(['issue_id', 'variant', 'comparisons', 'recap_tools', 'readers'])
    .where('issue_id', 'in', [...issueIds, 0])
    .orderBy('issue_id')
    .orderBy('variant')
    .execute();
  const variants = new Map<number, Variant[]>();
  for (const { issue_id, ...variant } of rows) {
    variants.set(issue_id, [...(variants.get(issue_id) ?? []), variant]);
  }
  return variants;
}

/**
 * The choices of readers who could get an issue now, the most frequent first; `readers` is a table or a query with
 * their choices.
 */
export async function listChoices(tx: Tx, readers = WEEKLY_READERS): Promise<FoundChoice[]> {
  const { rows } = await sql<FoundChoice>`
    select categories, categories::text as key, always_lead, count(*)::integer as readers from ${readers} as reader
    where categories <> '{}' group by categories, always_lead order by readers desc, key, always_lead`.execute(
    tx,
  );
  return rows;
}

/** The issue that the recap is about. */
async function findRecapped(db: Db | Tx, { content }: Issue): Promise<IssueContent | undefined> {
  const recapped = content.recap && (await findIssue(db, content.recap.week));
  return recapped?.content;
}

/**
 * Keeps the most frequent selections; the rarest, beyond MAX_WITH_RECAP, lose their recap and are merged where they are
 * then equal.
 */
function limitRecaps(selections: readonly Selection[]): Selection[] {
  const [frequent, rare] = [selections.slice(0, MAX_WITH_RECAP), selections.slice(MAX_WITH_RECAP)];
  const merged = new Map<string, Selection>();
  for (const { content, choices, readers } of rare) {
    const without = { ...content, recap: null };
    const same = merged.get(signatureOf(without)) ?? { choices: [], content: without, readers: 0 };
    same.choices.push(...choices);
    same.readers += readers;
    merged.set(signatureOf(without), same);
  }
  return [...frequent, ...merged.values()];
}

async function insertVariant(
  tx: Tx,
  issue_id: number,
  variant: number,
  content: IssueContent,
  config: Config,
): Promise<void> {
  const { subject, html, text } = await renderIssue(content, config);
  await tx
    .insertInto('issue_variants')
    .values({ issue_id, variant, ...partsOf(content), readers: null, subject, html, text })
    .execute();
}

function assign({ key, always_lead, readers }: FoundChoice, variant: number): AssignedChoice {
  return { categories: key, always_lead, variant, readers };
}

function partsOf({ lead, more, recap }: IssueContent): Pick<Variant, 'comparisons' | 'recap_tools'> {
  return {
    comparisons: [lead, ...more].map(({ slug }) => slug),
    recap_tools: (recap?.tools ?? []).map(({ slug }) => slug),
  };
}

function signatureOf(content: IssueContent): string {
  return signatureOfRow(partsOf(content));
}

function signatureOfRow({ comparisons, recap_tools }: Pick<Variant, 'comparisons' | 'recap_tools'>): string {
  return JSON.stringify([comparisons, recap_tools]);
}
