import * as z from 'zod';
import { isAddress, isAtRefusedDomain } from './_address.ts';
import { ApiError } from './api-error.ts';

const MAX_RECIPIENTS = 50;
const MAX_TAGS = 75;
const FORMAT =
  'The email address needs to follow the `email@example.com` or `Name <email@example.com>` format.';
const REFUSED_DOMAIN = 'Please use our testing email address instead of domains like `example.com`.';

const address = z.string().refine(isAddress, FORMAT);
const recipient = address.refine((text) => !isAtRefusedDomain(text), REFUSED_DOMAIN);
const tagText = z
  .string()
  .regex(/^[A-Za-z0-9_-]+$/, 'Tags should only contain ASCII letters, numbers, underscores, or dashes.')
  .max(256, 'Tags should be at most 256 characters long.');
const unsupported = z.undefined('The local outbox does not support it.').optional();

const mailShape = z
  .object({
    from: address,
    to: oneOrMany(z.array(recipient).min(1).max(MAX_RECIPIENTS)),
    cc: oneOrMany(z.array(recipient).max(MAX_RECIPIENTS).default([])),
    bcc: oneOrMany(z.array(recipient).max(MAX_RECIPIENTS).default([])),
    reply_to: oneOrMany(z.array(address).default([])),
    subject: z.string(),
    html: z.string().optional(),
    text: z.string().optional(),
    headers: z.record(z.string(), z.string()).default({}),
    tags: z
      .array(z.object({ name: tagText, value: tagText }))
      .max(MAX_TAGS)
      .default([]),
    attachments: unsupported,
    scheduled_at: unsupported,
    template: unsupported,
    topic_id: unsupported,
  })
  .refine(({ html, text }) => html !== undefined || text !== undefined, { path: ['html'] });

export type Mail = z.infer<typeof mailShape>;

/** Parses one mail of a request body; throws an ApiError for the first invalid field. */
export function readMail(body: unknown): Mail {
  const parsed = mailShape.safeParse(body);
  if (parsed.success) {
    return parsed.data;
  }
  const [issue] = parsed.error.issues;
  const field = issue?.path[0];
  if (field === undefined) {
    throw new ApiError(422, 'validation_error', 'A mail must be a JSON object.');
  }
  if ((body as Record<PropertyKey, unknown>)[field] === undefined) {
    throw new ApiError(422, 'missing_required_field', `The \`${String(field)}\` field is missing.`);
  }
  const name = field === 'from' ? 'invalid_from_address' : 'validation_error';
  throw new ApiError(422, name, `Invalid \`${String(field)}\` field. ${issue?.message}`);
}

function oneOrMany<Shape extends z.ZodType>(shape: Shape) {
  return z.preprocess((value) => (typeof value === 'string' ? [value] : value), shape);
}
