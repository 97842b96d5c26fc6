import { isDeepStrictEqual } from 'node:util';
import type { Context } from '../../context.ts';
import type { Week } from '../../week.ts';
import { hashContent } from '../record/content-hash.ts';
import { lockIssue } from '../record/issue.ts';
import { readingMinutes } from '../write/reading-time.ts';
import { loadRecap } from '../write/recap.ts';

/**
 * Adds the result to issues that were drafted before voting on the last issue closed; approved issues stay as they are.
 * Returns the weeks of the issues that changed.
 */
export async function updateRecaps({ db }: Pick<Context, 'db'>): Promise<Week[]> {
  const unapproved = await db
    .selectFrom('issues')
    .select('week')
    .where('status', 'in', ['draft', 'held'])
    .where('approved_at', 'is', null)
    .where('prepared_at', 'is', null)
    .orderBy('week')
    .execute();
  const updated: Week[] = [];
  for (const { week } of unapproved) {
    if (await updateRecap(db, week)) {
      updated.push(week);
    }
  }
  return updated;
}

function updateRecap(db: Context['db'], week: Week): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const { id, status, approved_at, content } = await lockIssue(tx, week);
    const recap = await loadRecap(tx, week);
    const isOpen = approved_at === null && ['draft', 'held'].includes(status);
    // Compared as it is stored, without fields that are undefined.
    if (!isOpen || !recap || isDeepStrictEqual(JSON.parse(JSON.stringify(recap)), content.recap)) {
      return false;
    }
    const minutes = readingMinutes(content.lead, content.more, recap);
    const updated = { ...content, recap, minutes };
    await tx
      .updateTable('issues')
      .set({ content: JSON.stringify(updated), content_hash: hashContent(updated) })
      .where('id', '=', id)
      .execute();
    return true;
  });
}
