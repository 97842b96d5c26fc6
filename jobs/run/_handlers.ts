import type { Context } from '../../src/context.ts';
import { deliverEvents } from '../../src/outgoing-webhooks/deliver.ts';
import { forBatchQueues, type Jobs } from '../../src/queue/queue.ts';
import { closeVotingJob } from '../issue/close-voting.ts';
import { draftIssueJob } from '../issue/draft-issue.ts';
import { deleteExpiredDataJob } from '../readers/delete-expired-data.ts';
import { importReadersJob } from '../readers/import-readers.ts';
import { lookAfterReadersJob } from '../readers/look-after-readers.ts';
import { learnMailClassesJob, lookUpMailHostsJob } from '../readers/mail-hosts.ts';
import { noteVotersJob } from '../readers/note-voters.ts';
import { sendBatchJob } from '../issue/send-batch.ts';
import { sendConfirmationJob } from '../letters/send-confirmation.ts';
import { sendDigestCopyJob, sendDigestJob } from '../letters/send-digest.ts';
import { sendIssueJob } from '../issue/send-issue.ts';
import { sendLetterJob } from '../letters/send-letter.ts';
import { sendSignInLinkJob, sendStaffNoticeJob } from '../letters/staff-mails.ts';

/** A job without a handler is a compile error. */
export const handlers: { [Name in keyof Jobs]: (context: Context, data: Jobs[Name]) => Promise<void> } = {
  'draft-issue': draftIssueJob,
  'send-issue': sendIssueJob,
  'close-voting': closeVotingJob,
  ...forBatchQueues(sendBatchJob),
  'send-confirmation': sendConfirmationJob,
  'send-staff-notice': sendStaffNoticeJob,
  'send-sign-in-link': sendSignInLinkJob,
  'send-letter': sendLetterJob,
  'import-readers': importReadersJob,
  'look-up-mail-hosts': lookUpMailHostsJob,
  'learn-mail-classes': learnMailClassesJob,
  'note-voters': noteVotersJob,
  'send-digest': sendDigestJob,
  'send-digest-copy': sendDigestCopyJob,
  'look-after-readers': lookAfterReadersJob,
  'forget-evidence': deleteExpiredDataJob,
  'deliver-webhooks': deliverEvents,
};
