import { createHash } from 'node:crypto';
import type { Context } from '../../src/context.ts';
import { imprintOf } from '../../src/issues/render/render-letter.tsx';
import type { Jobs } from '../../src/queue/queue.ts';
import { submitLetter } from '../../src/sending/letters/submit-letter.ts';
import { createSignInLink, LINK_MINUTES } from '../../src/staff/auth.ts';
import { takeLink } from '../../src/staff/link-limit.ts';
import { roleOf } from '../../src/staff/staff.ts';

const MAX_TITLE_LENGTH = 120;

export async function sendStaffNoticeJob(
  context: Context,
  { notice_id }: Jobs['send-staff-notice'],
): Promise<void> {
  const { config, db, installation, now } = context;
  if (config.staffEmails.length === 0) {
    return;
  }
  const notice = await db
    .updateTable('staff_notices')
    .set(({ fn, val }) => ({ first_mailed_at: fn.coalesce('first_mailed_at', val(now())) }))
    .where('id', '=', notice_id)
    .returningAll()
    .executeTakeFirst();
  if (!notice) {
    return;
  }
  const { subject_key, message, details, first_mailed_at } = notice;
  // From the content: after a restore another notice may have this id.
  const hash = createHash('sha256').update(`${subject_key}\n${message}`).digest('hex').slice(0, 24);
  const { title = message.split('\n')[0] ?? '', figures = [], week } = details;
  const { staffNotice } = await import('../../emails/staff-notice.tsx');
  await submitLetter(context, {
    letter: staffNotice({
      title: title.slice(0, MAX_TITLE_LENGTH),
      message,
      figures,
      studio_url:
        week && config.studio !== 'off'
          ? `${config.studioOrigin ?? config.publicUrl}/studio/issues/${week}`
          : null,
      imprint: imprintOf(config),
    }),
    to: config.staffEmails,
    key: `staff-notice-${installation.id}-${hash}`,
    // The notice itself may be older: a worker may have been missing for days.
    requested_at: first_mailed_at ?? now(),
  });
}

/** The link is made here, so that no token waits in the queue; every attempt makes its own. */
export async function sendSignInLinkJob(
  context: Context,
  { address, requested_at }: Jobs['send-sign-in-link'],
): Promise<void> {
  const { config, installation } = context;
  const requestedAt = new Date(requested_at);
  const isLate = context.now().getTime() - requestedAt.getTime() > LINK_MINUTES * 60_000;
  const isWanted = !isLate && config.studioOrigin !== undefined && roleOf(config, address) !== undefined;
  if (!isWanted || !(await takeLink(context, address))) {
    return;
  }
  const url = await createSignInLink(context, address);
  const { signInLink } = await import('../../emails/sign-in-link.tsx');
  await submitLetter(context, {
    letter: signInLink({ sign_in_url: url, minutes: LINK_MINUTES, imprint: imprintOf(config) }),
    to: address,
    key: `sign-in-${installation.id}-${createHash('sha256').update(url).digest('hex').slice(0, 24)}`,
    requested_at: requestedAt,
  });
}
