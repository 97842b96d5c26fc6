/** Everything that the mail of an issue shows, as finished texts and figures: templates compute nothing. */
export interface IssueContent {
  week: string;
  number: number;
  /** "23 November 2026" */
  date: string;
  /** Reading time of the whole mail. */
  minutes: number;
  /** When voting closes: "Monday 30 November, 05:00 (UTC)"; in issues of earlier versions only the day. */
  votes_until: string;
  subject: string;
  preheader: string;
  /** What staff say before the first comparison; absent in most issues. */
  introduction?: string;
  lead: ComparisonContent;
  more: ComparisonContent[];
  recap: RecapContent | null;
  /** How many comparisons of the issue a reader with these categories does not get; absent in the whole issue. */
  left_out?: number;
}

export interface ComparisonContent {
  slug: string;
  question: string;
  /** "A vs B" */
  headline: string;
  /** Two sentences. */
  verdict: string;
  /** "Panel pick: A", "Panel tied" or "No panel pick" */
  pick: string;
  /** The slug of the panel's pick; null without one. */
  pick_slug: string | null;
  pricing_read: string;
  reviewer_split: string;
  /** For and against: the most telling quote of each side. Issues from before 28 November 2026 have none. */
  quotes?: QuoteContent[];
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
  /** Issues from before 28 November 2026 have none. */
  picture?: PictureContent | null;
  panel: { ship: number; of: number; percent: number };
  /** "—", "early: 12 votes" or "68% ship (57 votes)" */
  community: string;
  reviews: ReviewContent[];
}

/** A tool's own square picture; `light` and `dark` are names of files under `IssueLinks.pictures`. */
export interface PictureContent {
  alt: string;
  light: string;
  dark: string | null;
}

export interface QuoteContent {
  reviewer: string;
  verdict: 'ship' | 'skip';
  /** The name of the tool it is about. */
  tool: string;
  /** From its first word; cut at the end only. */
  text: string;
}

export interface ReviewContent {
  reviewer: string;
  lens: string;
  verdict: 'ship' | 'skip';
  quote: string;
  /** As in `quotes`. For v0.2.0, which may render this issue again during a rolling update. */
  telling: string;
}

/** The frozen result of the previous issue. */
export interface RecapContent {
  week: string;
  /** "last week", or "in issue 12" when that was longer ago. */
  when: string;
  votes: number;
  /** How many readers cast them; 0 if that is not known any more. */
  voters: number;
  /** Held votes: not shown to be a person's. */
  held: number;
  /** A sentence on where panel and readers are furthest apart; null while no tool has enough votes. */
  widest_gap: string | null;
  /** Headlines of the comparisons whose two shares differ by no more than chance explains. */
  too_close: string[];
  tools: RecapTool[];
}

export interface RecapTool {
  slug: string;
  name: string;
  /** "3 of 4 ship" */
  panel: string;
  community: string;
  /**
   * Whole per cent of ship votes, for the bars; null while there are too few votes. Undefined in issues from before
   * 28 November 2026.
   */
  percents?: { readers: number | null; panel: number };
  /** Among readers, ahead of the other tool of its comparison by more than chance explains. */
  is_ahead?: boolean;
  /** For a reader who cast that vote: "You said Ship; 68% agreed". */
  said: { ship: string; skip: string };
}

/** Texts on a reader's own votes on the tools of the recap, by slug; blank for tools without a vote. */
export type OwnVotes = Readonly<Record<string, string>>;

/** URLs of a mail. */
export interface IssueLinks {
  home: string;
  /** `/<tool>/<ship|skip>` is appended. */
  vote: string;
  /** With `{slug}`. */
  comparison: string;
  /** `/<name>` is appended. */
  pictures: string;
  browser: string;
  archive: string;
  /** `/<week>` is appended: an issue as a whole. */
  issue: string;
  /** `/<week>` is appended. */
  results: string;
  preferences: string;
  unsubscribe: string;
}

/** A month's issues in one mail. */
export interface DigestContent {
  /** "November 2026" */
  month: string;
  subject: string;
  preheader: string;
  /** A summary of the whole month. */
  summary: string;
  issues: { heading: string; lead: ComparisonBrief; more: { text: string; url: string }[] }[];
}

/** A comparison in a few figures. */
export interface ComparisonBrief {
  headline: string;
  /** "Panel pick: A" */
  pick: string;
  url: string;
  tools: {
    name: string;
    /** "3 of 4 ship" */
    panel: string;
    /** "—", "early: 12 votes" or "68% ship (57 votes)" */
    community: string;
  }[];
}

export interface Imprint {
  /** "AI panel"; empty for no label. */
  panel_label: string;
  postal_address: string;
  /** Whether a person reads replies. */
  reads_replies: boolean;
}
