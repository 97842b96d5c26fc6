import { AppError } from '../../errors.ts';
import type { PageContext } from '../layout/page.tsx';

/** The fields of a posted form: texts and files. */
export function readForm(c: PageContext): Promise<Record<string, unknown>> {
  return c.req.parseBody().catch(() => {
    throw new AppError('invalid_input', 'Part of the form didn’t arrive. Please send it again.');
  });
}

/** A field of a posted form, trimmed and cut to `maxLength` UTF-16 units; empty when it is missing or a file. */
export async function readField(
  c: PageContext,
  name: string,
  maxLength = Number.POSITIVE_INFINITY,
): Promise<string> {
  const value = (await readForm(c))[name];
  const text = typeof value === 'string' ? value.replaceAll(/\p{Cc}/gu, '').trim() : '';
  // Half of a character, such as an emoji, cannot be stored as JSON.
  return text.slice(0, maxLength).toWellFormed();
}

/** Every value of a posted field whose name ends in `[]`. */
export async function readFields(c: PageContext, name: `${string}[]`): Promise<string[]> {
  const values = (await readForm(c))[name] ?? [];
  return [values].flat().filter((value) => typeof value === 'string');
}
