import type { Handler } from 'hono';
import * as z from 'zod';
import type { Db } from '../../../database/connect.ts';
import type { Row } from '../../../database/schema.ts';
import { ApiError } from '../store/api-error.ts';
import { messageIdOf } from '../store/webhook-payload.ts';

const pageShape = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  after: z.uuid().optional(),
  before: z.uuid().optional(),
});

/** `GET /emails`: newest first; `after` and `before` are ids. */
export function listMails(db: Db): Handler {
  return async (c) => {
    const page = pageShape.safeParse(c.req.query());
    if (!page.success || (page.data.after && page.data.before)) {
      throw new ApiError(
        422,
        'validation_error',
        'Give a `limit` of 1 to 100, and one of `after` and `before`.',
      );
    }
    const { limit, after, before } = page.data;
    const mails = await findPage(db, limit + 1, after, before);
    const shown = mails.slice(0, limit);
    const data = (before ? shown.toReversed() : shown).map(summarize);
    return c.json({ object: 'list', has_more: mails.length > limit, data });
  };
}

/** `GET /emails/:id` */
export function getMail(db: Db): Handler<{ Variables: object }, '/emails/:id'> {
  return async (c) => {
    const id = z.uuid().safeParse(c.req.param('id')).data;
    if (!id) {
      throw new ApiError(422, 'validation_error', 'The `id` must be a valid UUID.');
    }
    const mail = await db.selectFrom('outbox.mails').selectAll().where('id', '=', id).executeTakeFirst();
    if (!mail) {
      throw new ApiError(404, 'not_found', 'Email not found');
    }
    const { html, text, tags } = mail;
    return c.json({ object: 'email', ...summarize(mail), html, text, tags });
  };
}

function findPage(db: Db, limit: number, after: string | undefined, before: string | undefined) {
  let query = db
    .selectFrom('outbox.mails')
    .selectAll()
    .orderBy('sequence', before ? 'asc' : 'desc')
    .limit(limit);
  const cursor = after ?? before;
  if (cursor) {
    const sequence = db.selectFrom('outbox.mails').select('sequence').where('id', '=', cursor);
    query = query.where('sequence', before ? '>' : '<', sequence);
  }
  return query.execute();
}

function summarize(mail: Row<'outbox.mails'>) {
  return {
    id: mail.id,
    message_id: messageIdOf(mail.id),
    from: mail.from_address,
    to: mail.to_addresses,
    cc: mail.cc_addresses,
    bcc: mail.bcc_addresses,
    reply_to: mail.reply_to,
    subject: mail.subject,
    created_at: mail.created_at.toISOString(),
    last_event: mail.last_event,
    scheduled_at: null,
  };
}
