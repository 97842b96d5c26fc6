import type { Context } from '../../src/context.ts';
import type { Jobs, LetterJobKind } from '../../src/queue/queue.ts';
import { submitLetter } from '../../src/sending/letters/submit-letter.ts';
import { notifyLost } from '../../src/sending/letters/notify-lost.ts';
import { LETTERS } from './_letters.ts';

/** One letter per kind, id and request time, however often the job runs. */
export async function sendLetterJob(context: Context, job: Jobs['send-letter']): Promise<void> {
  const { kind, id, at } = job;
  const addressed = await LETTERS[kind](context, id);
  if (!addressed) {
    return endOfLetter(context, job);
  }
  const { kind: outcome } = await submitLetter(context, {
    ...addressed,
    about: { kind, ...addressed.about },
    key: `${kind}-${context.installation.id}-${id}-${Date.parse(at)}`,
    requested_at: new Date(at),
    isWanted: async () => (await LETTERS[kind](context, id))?.to === addressed.to,
  });
  if (outcome === 'unwanted') {
    // To the reader's new address, if they are still one.
    return sendLetterJob(context, job);
  }
  if (outcome === 'lost') {
    await recordLoss(context, kind, id);
  }
  return endOfLetter(context, job);
}

/** The old address was stored only for the letter that goes there. */
async function endOfLetter({ db }: Context, { kind, id }: Jobs['send-letter']): Promise<void> {
  if (kind === 'address-changed') {
    await db.updateTable('address_changes').set({ replaced: null }).where('id', '=', id).execute();
  }
}

/** A reader who did not get the question must not be removed for silence. */
async function recordLoss(context: Context, kind: LetterJobKind, id: number): Promise<void> {
  await context.db.transaction().execute(async (tx) => {
    if (kind === 'still-want-this') {
      await tx.updateTable('subscribers').set({ still_asked_at: null }).where('id', '=', id).execute();
    }
    await notifyLost(context, tx, kind);
  });
}
