import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import type { Week } from '../../week.ts';
import { hashContent } from '../record/content-hash.ts';
import { lockIssue } from '../record/issue.ts';

export interface Edit {
  subject?: string | undefined;
  preheader?: string | undefined;
}

const MAX_LENGTH = 200;

/** Sets the subject or preheader that staff wrote for an issue that is not approved yet. */
export async function editIssue({ db }: Context, week: Week, edit: Edit): Promise<void> {
  const lines = Object.entries(edit).flatMap(([name, text]) => (text?.trim() ? [[name, text.trim()]] : []));
  if (lines.length === 0) {
    throw new AppError('invalid_input', 'Say what to change: the subject, the preheader, or both.');
  }
  const invalid = lines.find(
    ([, text = '']) => text.length > MAX_LENGTH || /\p{Cc}|[\u202A-\u202E\u2066-\u2069]/u.test(text),
  );
  if (invalid) {
    throw new AppError(
      'invalid_input',
      `The ${invalid[0]} must be one line of at most ${MAX_LENGTH} characters, without control or bidirectional formatting characters.`,
    );
  }
  await db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    if (issue.approved_at || !['draft', 'held'].includes(issue.status)) {
      throw new AppError('refused', `The issue of ${week} is ${issue.status}; its content is frozen.`);
    }
    const content = { ...issue.content, ...Object.fromEntries(lines) };
    await tx
      .updateTable('issues')
      .set({ content: JSON.stringify(content), content_hash: hashContent(content) })
      .where('id', '=', issue.id)
      .execute();
  });
}
