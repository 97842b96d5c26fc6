import type {
  ComparisonBrief,
  ComparisonContent,
  DigestContent,
  Imprint,
  IssueContent,
  IssueLinks,
  OwnVotes,
  QuoteContent,
  RecapTool,
  ToolContent,
} from './content.ts';

/** What each reviewer says of a tool with either verdict. */
const SAMPLE_LENSES = [
  {
    reviewer: 'The Builder',
    ship: 'took an afternoon to set up and has not paged us since. I would ship it on Monday.',
    skip: 'hides its limits until you hit them, and its errors say nothing. I lost a day.',
  },
  {
    reviewer: 'The Skeptic',
    ship: 'answered our three hardest questions with page numbers, and was wrong only once.',
    skip: 'quotes pages that do not exist, twice in ten answers. That is two too many.',
  },
  {
    reviewer: 'The Futurist',
    ship: 'is early to something: in a year we will wonder how we read reports without it.',
    skip: 'is built for last year’s models, and nothing in it would be hard to copy.',
  },
  {
    reviewer: 'The Founder',
    ship: 'costs less than the meeting it replaces, even with everybody on it.',
    skip: 'has a price that grows faster than its use: at 40 seats it is our second largest bill.',
  },
] as const;

/** Invented content for `npm run emails`. */
export const sampleContent: IssueContent = {
  week: '2026-W47',
  number: 12,
  date: '16 November 2026',
  minutes: 4,
  votes_until: 'Monday 23 November, 05:00 (UTC)',
  subject: 'Harborlight edges out Quillbench, 3–2',
  preheader: 'Harborlight: 3 of 4 would ship it. Quillbench: 2 of 4 would ship it. Panel pick: Harborlight.',
  lead: comparison(tool('Harborlight', 3, 'Paid', '$20 a seat a month'), tool('Quillbench', 2, 'Free', null)),
  more: [
    comparison(
      tool('Mossgate', 4, 'Freemium', '500 runs a month free'),
      tool('Tallyrook', 1, 'On request', null),
    ),
    comparison(tool('Fernwick', 2, 'Free trial', '14 days'), tool('Ovenbird', 2, 'Paid', '$9 a month')),
  ],
  recap: {
    week: '2026-W46',
    votes: 412,
    voters: 236,
    held: 9,
    when: 'last week',
    widest_gap:
      'Readers and the panel disagree most on Copperline: 48% of readers would ship it, against 1 of 4 reviewers.',
    too_close: [],
    tools: [recapTool('Larkspool', 3, 61, 230), recapTool('Copperline', 1, 48, 182)],
  },
};

export const sampleBrief: ComparisonBrief = brief('Harborlight', 'Quillbench', [3, 2], [61, 230]);

export const sampleDigest: DigestContent = {
  month: 'November 2026',
  subject: 'November in verdicts: Harborlight, Mossgate and one more',
  preheader:
    '4 comparisons, 1,204 votes: what the panel would ship in November, and what readers say about it.',
  summary:
    'November: 2 issues, 4 comparisons, 1,204 votes. Readers and the panel disagree most on Copperline: 48% of readers would ship it, against 1 of 4 reviewers.',
  issues: [
    {
      heading: 'Issue 12 · Week of 16 November 2026',
      lead: sampleBrief,
      more: [
        {
          text: 'Mossgate 4 of 4, Tallyrook 1 of 4',
          url: 'http://localhost:3000/comparisons/mossgate-vs-tallyrook',
        },
        {
          text: 'Fernwick 2 of 4, Ovenbird 2 of 4',
          url: 'http://localhost:3000/comparisons/fernwick-vs-ovenbird',
        },
      ],
    },
    {
      heading: 'Issue 11 · Week of 9 November 2026',
      lead: brief('Larkspool', 'Copperline', [3, 1], [61, 182]),
      more: [],
    },
  ],
};

export const sampleOwnVotes: OwnVotes = { larkspool: 'You said Ship; 61% agreed' };

export const sampleLinks: IssueLinks = {
  home: 'http://localhost:3000',
  vote: 'http://localhost:3000/v/sample',
  comparison: 'http://localhost:3000/comparisons/{slug}',
  browser: 'http://localhost:3000/i/sample',
  archive: 'http://localhost:3000/issues',
  issue: 'http://localhost:3000/issues',
  pictures: 'http://localhost:3000/pictures',
  results: 'http://localhost:3000/results',
  preferences: 'http://localhost:3000/preferences/sample',
  unsubscribe: 'http://localhost:3000/unsubscribe/sample',
};

export const sampleImprint: Imprint = {
  panel_label: 'AI panel',
  postal_address: 'Weekly Verdicts, 1 Example Street, 00000 Anytown',
  reads_replies: true,
};

function quoteOf({ name, reviews }: ToolContent, verdict: 'ship' | 'skip'): QuoteContent[] {
  const review = reviews.find((one) => one.verdict === verdict);
  return review ? [{ reviewer: review.reviewer, verdict, tool: name, text: review.quote }] : [];
}

function verdictOf(a: ToolContent, b: ToolContent): string {
  const [ship, other] = [a.panel.ship, b.panel.ship];
  if (ship === other) {
    return `${a.name} and ${b.name} tie, ${ship}–${other}. You’ll have to try both.`;
  }
  return ship === a.panel.of
    ? `${a.name} sweeps the panel, while ${b.name} gets ${other} of ${b.panel.of}. Nobody needed persuading.`
    : `${a.name} takes this one from ${b.name}, ${ship}–${other}. The Founder isn’t sold on ${a.name}.`;
}

function splitOf({ name, reviews }: ToolContent): string {
  const ships = reviews.filter(({ verdict }) => verdict === 'ship').map(({ reviewer }) => reviewer);
  return ships.length > 2
    ? `Everyone but The Founder would ship ${name}.`
    : `${ships.join(' and ')} would ship ${name}; the others wouldn’t.`;
}

function comparison(a: ToolContent, b: ToolContent): ComparisonContent {
  return {
    slug: `${a.slug}-vs-${b.slug}`,
    question: 'Which one earns a place in your week?',
    headline: `${a.name} vs ${b.name}`,
    verdict: verdictOf(a, b),
    pick: a.panel.ship === b.panel.ship ? 'Panel tied' : `Panel pick: ${a.name}`,
    pick_slug: a.panel.ship === b.panel.ship ? null : a.slug,
    pricing_read: `${a.name} is ${a.entry_price.toLowerCase()}, ${b.name} is ${b.entry_price.toLowerCase()}.`,
    reviewer_split: `${splitOf(a)} ${splitOf(b)}`,
    quotes: [...quoteOf(a, 'ship'), ...quoteOf(a, 'skip')],
    tools: [a, b],
  };
}

function tool(name: string, ship: number, entryPrice: string, priceNote: string | null): ToolContent {
  return {
    slug: name.toLowerCase(),
    name,
    category: 'Research',
    tagline: 'Reads the long report so that you can argue with the short one',
    description: `${name} turns a folder of documents into a brief whose every line can be traced back to its page.`,
    entry_price: entryPrice,
    price_note: priceNote,
    panel: { ship, of: SAMPLE_LENSES.length, percent: (100 * ship) / SAMPLE_LENSES.length },
    community: '—',
    reviews: SAMPLE_LENSES.map(({ reviewer, ship: yes, skip: no }, index) => {
      const quote = `${name} ${index < ship ? yes : no}`;
      return {
        reviewer,
        lens: 'A sample lens',
        verdict: index < ship ? 'ship' : 'skip',
        quote,
        telling: quote,
      };
    }),
  };
}

function recapTool(name: string, ship: number, percent: number, votes: number): RecapTool {
  return {
    slug: name.toLowerCase(),
    name,
    panel: `${ship} of 4 ship`,
    community: `${percent}% ship (${votes} votes)`,
    percents: { readers: percent, panel: 25 * ship },
    is_ahead: percent > 60,
    said: {
      ship: `You said Ship; ${percent}% agreed`,
      skip: `You said Skip; ${100 - percent}% agreed`,
    },
  };
}

function brief(
  a: string,
  b: string,
  ships: [number, number],
  [percent, votes]: [number, number],
): ComparisonBrief {
  const slug = `${a}-vs-${b}`.toLowerCase();
  return {
    headline: `${a} vs ${b}`,
    pick: `Panel pick: ${a}`,
    url: `http://localhost:3000/comparisons/${slug}`,
    tools: [
      { name: a, panel: `${ships[0]} of 4 ship`, community: `${percent}% ship (${votes} votes)` },
      { name: b, panel: `${ships[1]} of 4 ship`, community: '48% ship (182 votes)' },
    ],
  };
}
