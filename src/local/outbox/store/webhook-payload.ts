import type { Mail } from './mail.ts';
import type { MailEvent } from './mail-events.ts';

export interface AcceptedMail extends Mail {
  id: string;
  created_at: Date;
}

const DETAILS: Partial<Record<MailEvent, object>> = {
  bounced: {
    bounce: {
      type: 'Permanent',
      subType: 'General',
      message: "The recipient's email provider sent a hard bounce message.",
      diagnosticCode: ['smtp; 550 5.1.1 user unknown'],
    },
  },
  suppressed: {
    suppressed: {
      type: 'OnAccountSuppressionList',
      message: 'The address is on the account suppression list.',
      reason: 'previous_bounce',
      diagnosticCode: ['smtp; 550 5.1.1 user unknown'],
    },
  },
};

/**
 * The webhook body for one event of one mail (docs/resend.md, webhooks): tags as an object, headers only when there are
 * any.
 */
export function describeEvent(mail: AcceptedMail, event: MailEvent, occurred_at: Date): string {
  const headers = Object.entries(mail.headers).map(([name, value]) => ({ name, value }));
  return JSON.stringify({
    type: `email.${event}`,
    created_at: occurred_at.toISOString(),
    data: {
      email_id: mail.id,
      message_id: messageIdOf(mail.id),
      created_at: mail.created_at.toISOString(),
      from: mail.from,
      to: mail.to,
      subject: mail.subject,
      ...(mail.tags.length > 0
        ? { tags: Object.fromEntries(mail.tags.map(({ name, value }) => [name, value])) }
        : {}),
      ...(headers.length > 0 ? { headers } : {}),
      ...DETAILS[event],
    },
  });
}

export function messageIdOf(mailId: string): string {
  return `<${mailId}@outbox.local>`;
}
