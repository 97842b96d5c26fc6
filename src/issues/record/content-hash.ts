import { createHash } from 'node:crypto';
import type { IssueContent } from '../../../emails/_parts/content/content.ts';

/** SHA-256 of the content with sorted keys; identifies the content that was approved. */
export function hashContent(content: IssueContent): string {
  const text = JSON.stringify(content, (_, value: unknown) =>
    value && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash('sha256').update(text).digest('hex');
}
