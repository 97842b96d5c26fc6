import type { Context } from '../../context.ts';
import type { Permit } from '../../network/resend-transport.ts';
import { loadOwnVotes, type OwnVotes } from '../../votes/tally/load-own-votes.ts';
import { isTooOldToRetry, tooOld } from '../rules/batch-outcome.ts';
import type { ClaimedBatch } from './_claim-batch.ts';
import { accessOf, type Lane } from '../lanes/lanes.ts';
import { mailTemplateOf } from '../personalize/mail-templates.ts';
import type { MailTemplate, Recipient } from '../personalize/personal-copy.ts';
import { applyRateHeaders, RetryLater, type Slot } from '../limits/rate-limit.ts';
import { type SendResult, parseBatchResponse } from '../rules/parse-response.ts';
import { buildBatchBody } from '../personalize/batch-body.ts';

const TIMEOUT_MS = 30_000;
/** Far longer than a call takes to be made. */
const MAX_FROZEN_MS = 5 * 60_000;

interface Attempt {
  lane: Lane;
  slot: Slot;
  permit: Permit;
  /** When the batch was about to be claimed. */
  claimed_at: Date;
}

/**
 * One call with the whole batch: the request that the SDK's `batch.send` would make, with the result as data. Throws RetryLater if this
 * process was suspended since `claimed_at`: another may have sent the batch, and Resend forgets its key after a day.
 */
export async function submitBatch(
  context: Context,
  batch: ClaimedBatch,
  { lane, slot, permit, claimed_at }: Attempt,
): Promise<SendResult> {
  if (batch.members.length === 0) {
    return { kind: 'accepted', mails: [] };
  }
  if (isTooOldToRetry(batch.uncertain_ms)) {
    return tooOld(batch.uncertain_ms);
  }
  if (!context.linkKeys.byId.has(batch.link_key_id)) {
    // A retry has the same bytes, or Resend would not know that it is one.
    return {
      kind: 'retry',
      reason: `LINK_SECRET no longer has the secret with key id ${batch.link_key_id}, which signed the links of this batch; add it again`,
    };
  }
  const template = await mailTemplateOf(context, batch);
  const body = buildBatchBody(template, await listRecipients(context, batch, template));
  if (context.now().getTime() - claimed_at.getTime() > MAX_FROZEN_MS) {
    throw new RetryLater('this process was suspended after it had claimed the batch', 'promptly');
  }
  const response = await accessOf(context, lane).transport.post(
    {
      path: '/emails/batch',
      headers: { 'x-batch-validation': 'permissive', 'Idempotency-Key': batch.idempotency_key },
      body_bytes: body.bytes,
      body: body.chunks(permit.buffer),
      timeout_ms: TIMEOUT_MS,
    },
    permit,
  );
  await applyRateHeaders(context.db, lane, slot, response.headers);
  return parseBatchResponse(response, batch.members.length);
}

const NO_VOTES: OwnVotes = new Map();

/** Includes their votes on the previous issue; these are frozen, so a retry writes the same bytes. */
async function listRecipients(
  context: Context,
  { issue_id, members }: ClaimedBatch,
  { recap_week }: MailTemplate,
): Promise<Recipient[]> {
  const votes = recap_week
    ? await loadOwnVotes(
        context,
        recap_week,
        members.map(({ subscriber_id }) => subscriber_id),
      )
    : [];
  return members.map((member, index) => ({
    ...member,
    issue_id,
    own_votes: votes[index] ?? NO_VOTES,
  }));
}
