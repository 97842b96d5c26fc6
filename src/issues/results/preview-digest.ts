import type { Context } from '../../context.ts';
import type { Letter } from '../render/render-letter.tsx';
import { imprintOf } from '../render/render-letter.tsx';
import { loadDigest } from './digest.ts';

/**
 * The digest of a month (`2026-11`) as it is now, with placeholders for its preferences and unsubscribe links. Throws
 * as `loadDigest` does.
 */
export async function previewDigest(context: Context, month: string): Promise<Letter> {
  const { config } = context;
  const content = await loadDigest(context, month);
  // Loaded on first use, as in render.tsx.
  const { monthlyDigest } = await import('../../../emails/monthly-digest.tsx');
  return monthlyDigest({
    content,
    archive_url: `${config.publicUrl}/issues`,
    preferences_url: `${config.publicUrl}/preferences/reader`,
    unsubscribe_url: `${config.publicUrl}/unsubscribe/reader`,
    imprint: imprintOf(config),
  });
}
