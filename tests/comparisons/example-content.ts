import { readFileSync } from 'node:fs';
import type { EntryPrice, Verdict } from '../../src/database/schema.ts';

export interface ExampleContent {
  reviewers: { slug: string; name: string; lens: string }[];
  tools: ExampleTool[];
  comparisons: { slug: string; tools: string[]; question: string; publishedAt: string }[];
}

interface ExampleTool {
  slug: string;
  name: string;
  category: string;
  tagline: string;
  description: string;
  entryPrice: EntryPrice;
  priceNote?: string | null;
  priceCheckedOn?: string;
  reviewedOn: string;
  reviews: { reviewer: string; verdict: Verdict; quote: string }[];
}

export const examplePath = new URL('example-content.json', import.meta.url).pathname;

/** A new copy that each test may change. */
export function exampleContent(change: (content: ExampleContent) => unknown = () => undefined) {
  const content = JSON.parse(readFileSync(examplePath, 'utf8')) as ExampleContent;
  change(content);
  return { ...content };
}
