import type { Context } from '../src/context.ts';
import type { Jobs, LetterKind } from '../src/queue/queue.ts';
import { submitLetter } from '../src/sending/letters/submit-letter.ts';
import { notifyStaff } from '../src/queue/notify-staff.ts';
import { LETTERS } from './letters.ts';

/** One letter per kind, id and request time, however often the job runs. */
export async function sendLetterJob(context: Context, { kind, id, at }: Jobs['send-letter']): Promise<void> {
  const addressed = await LETTERS[kind](context, id);
  if (!addressed) {
    return;
  }
  const { submitted } = await submitLetter(context, {
    ...addressed,
    about: { kind, ...addressed.about },
    key: `${kind}-${context.installation.id}-${id}-${Date.parse(at)}`,
    requested_at: new Date(at),
  });
  if (!submitted) {
    await notifyNotSubmitted(context, kind, id);
  }
  if (kind === 'address-changed') {
    // The old address was stored only for this letter.
    await context.db.updateTable('address_changes').set({ replaced: null }).where('id', '=', id).execute();
  }
}

/** Notifies staff once per day and kind. A reader who did not get the question must not be removed for silence. */
async function notifyNotSubmitted(context: Context, kind: LetterKind, id: number): Promise<void> {
  const day = context.now().toISOString().slice(0, 10);
  await context.db.transaction().execute(async (tx) => {
    if (kind === 'still-want-this') {
      await tx.updateTable('subscribers').set({ still_asked_at: null }).where('id', '=', id).execute();
    }
    await notifyStaff(context, tx, `lost ${kind} ${day}`, {
      title: `Not submitted: ${kind}`,
      message: `At least one mail of the kind “${kind}” was not submitted on ${day}; see the log for why and how many.`,
    });
  });
}
