import type { Context } from '../src/context.ts';
import { learnMailClasses } from '../src/votes/learn/learn-mail-classes.ts';

export async function learnMailClassesJob(context: Context): Promise<void> {
  await learnMailClasses(context);
}
