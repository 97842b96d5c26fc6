import type { IssueContent } from '../../../emails/_parts/content/content.ts';

/** `verdict:SLUG` is the verdict on one comparison, `quote:SLUG:INDEX` one of the quotes of the lead. */
export type EditableField =
  | 'subject'
  | 'preheader'
  | 'introduction'
  | `verdict:${string}`
  | `quote:${string}`;

/** What staff wrote, and what was generated in its place. */
export interface Edited {
  text: string;
  generated: string;
}

export type Edits = Partial<Record<EditableField, Edited>>;

const VERDICT = 'verdict:';
const QUOTE = 'quote:';

/** The fields of an issue that staff may write, in the order of the mail. */
export function listEditableFields({ lead, more }: IssueContent): EditableField[] {
  return [
    'introduction',
    'subject',
    'preheader',
    ...[lead, ...more].map(({ slug }) => `${VERDICT}${slug}` as const),
    ...(lead.quotes ?? []).map((_, index) => `${QUOTE}${lead.slug}:${index}` as const),
  ];
}

/** The quote that a field is about, with its index; undefined for every other field. */
export function findQuote({ lead }: IssueContent, field: string) {
  const [, slug, index] = /^quote:(.*):(\d)$/.exec(field) ?? [];
  const quote = slug === lead.slug ? lead.quotes?.[Number(index)] : undefined;
  return quote && { ...quote, index: Number(index) };
}

export function readEditable(content: IssueContent, field: EditableField): string {
  if (field.startsWith(QUOTE)) {
    return findQuote(content, field)?.text ?? '';
  }
  if (field.startsWith(VERDICT)) {
    const slug = field.slice(VERDICT.length);
    return [content.lead, ...content.more].find((comparison) => comparison.slug === slug)?.verdict ?? '';
  }
  return content[field as 'subject' | 'preheader' | 'introduction'] ?? '';
}

function writeEditable(content: IssueContent, field: EditableField, text: string): IssueContent {
  if (field.startsWith(QUOTE)) {
    const at = findQuote(content, field)?.index;
    const quotes = content.lead.quotes?.map((quote, index) => (index === at ? { ...quote, text } : quote));
    return { ...content, lead: { ...content.lead, ...(quotes ? { quotes } : {}) } };
  }
  if (!field.startsWith(VERDICT)) {
    const { introduction: _, ...rest } = content;
    return field === 'introduction' && text === '' ? rest : { ...content, [field]: text };
  }
  const slug = field.slice(VERDICT.length);
  const write = (comparison: IssueContent['lead']) =>
    comparison.slug === slug ? { ...comparison, verdict: text } : comparison;
  return { ...content, lead: write(content.lead), more: content.more.map(write) };
}

/** Puts texts into the content; an empty one brings back what was generated. */
export function edit(
  content: IssueContent,
  edits: Edits,
  texts: Partial<Record<EditableField, string>>,
): { content: IssueContent; edits: Edits } {
  let edited = { content, edits };
  for (const [field, text] of Object.entries(texts) as [EditableField, string][]) {
    const { [field]: earlier, ...others } = edited.edits;
    const generated = earlier?.generated ?? readEditable(edited.content, field);
    const isGenerated = text === '' || text === generated;
    edited = {
      content: writeEditable(edited.content, field, isGenerated ? generated : text),
      edits: isGenerated ? others : { ...others, [field]: { text, generated } },
    };
  }
  return edited;
}

/**
 * Applies the edits to content that was generated anew. Drops edits of comparisons that are no longer in it, and
 * shortened quotes whose place now has another quote.
 */
export function reapply(content: IssueContent, edits: Edits): { content: IssueContent; edits: Edits } {
  const fields = new Set(listEditableFields(content));
  const texts = Object.entries(edits).flatMap(([field, edited]) =>
    edited && fields.has(field as EditableField) && isAboutTheSame(content, field, edited)
      ? [[field, edited.text]]
      : [],
  );
  return edit(content, {}, Object.fromEntries(texts));
}

function isAboutTheSame(content: IssueContent, field: string, { generated }: Edited): boolean {
  const quote = findQuote(content, field);
  return !quote || quote.text === generated;
}
