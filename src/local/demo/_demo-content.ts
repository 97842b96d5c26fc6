import type { ContentDocument } from '../../comparisons/parse/read-content.ts';
import content from './content.json' with { type: 'json' };

interface Dated {
  week: number;
}

/** The invented content with dates relative to this week: its `week` 1 goes into last week's issue. */
export function demoContent(monday: Temporal.PlainDate): ContentDocument {
  const startOf = ({ week }: Dated) => monday.subtract({ weeks: week + 1 });
  return {
    reviewers: content.reviewers,
    tools: content.tools.map(({ week, priceCheckedDaysAgo, ...tool }) => ({
      ...tool,
      reviewedOn: startOf({ week }).toString(),
      ...(priceCheckedDaysAgo
        ? { priceCheckedOn: monday.subtract({ days: priceCheckedDaysAgo }).toString() }
        : {}),
    })),
    comparisons: content.comparisons.map(({ week, day, ...comparison }) => ({
      ...comparison,
      publishedAt: `${startOf({ week }).add({ days: day }).toString()}T09:00:00Z`,
    })),
  };
}
