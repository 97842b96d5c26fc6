/** What a mail shows: finished words and figures, nothing to compute. */
export interface IssueContent {
  week: string;
  number: number;
  /** "23 November 2026" */
  date: string;
  subject: string;
  preheader: string;
  lead: ComparisonContent;
  more: ComparisonContent[];
  recap: RecapContent | null;
}

export interface ComparisonContent {
  slug: string;
  question: string;
  /** "A vs B" */
  headline: string;
  /** Two sentences. */
  verdict: string;
  /** "Panel pick: A" or "Too close to call" */
  pick: string;
  pricing_read: string;
  reviewer_split: string;
  tools: [ToolContent, ToolContent];
}

export interface ToolContent {
  slug: string;
  name: string;
  category: string;
  tagline: string;
  description: string;
  /** "Paid", "Free", … */
  entry_price: string;
  price_note: string | null;
  panel: { ship: number; of: number; percent: number };
  /** "—", "early: 12 votes" or "68% ship (57 votes)" */
  community: string;
  reviews: ReviewContent[];
}

export interface ReviewContent {
  reviewer: string;
  lens: string;
  verdict: 'ship' | 'skip';
  /** The whole quote; the mail shows its first sentences. */
  quote: string;
}

export interface RecapContent {
  week: string;
  votes: number;
  tools: { name: string; panel: string; community: string }[];
}

/** Addresses of a mail. `vote` is completed with `/<tool>/<ship|skip>`, `comparisons` with `/<slug>`. */
export interface IssueLinks {
  home: string;
  vote: string;
  comparisons: string;
  browser: string;
  archive: string;
  preferences: string;
  unsubscribe: string;
}

export interface Imprint {
  /** "AI panel", or empty to show no label. */
  panel_label: string;
  postal_address: string;
}
