import * as z from 'zod';
import { readAddress } from '../../address/read-address.ts';
import { AppError } from '../../errors.ts';
import { suggestAddress } from '../../subscribers/address/suggest-address.ts';
import { signUp } from '../../subscribers/join/sign-up.ts';
import { findCallerOf } from '../request/client-address.ts';
import { padDuration } from '../request/pad-duration.ts';
import type { PageContext } from '../layout/page.tsx';
import { requireKnownOrigin } from './_own-origin.ts';

/** The body of `POST /api/subscribers`. */
export const signUpBody = z.strictObject({
  email: z.string().max(320).describe('As the reader typed it'),
  wording: z
    .string()
    .regex(/^[\w.-]{1,40}$/, 'must be the version of the words beside the form, such as 2026-11')
    .describe('The version of the words beside the form, for the record of consent'),
  page: z.string().max(200).default('').describe('Where the form is, for the record of consent'),
  as_typed: z
    .boolean()
    .default(false)
    .describe('The reader was asked about a likely typo and chose this address'),
});

/** The answer 202: the same for everybody, known or not. */
export const signUpAnswer = z.object({ email: z.string(), message: z.string() });

/** The answer 422: nothing was sent, and the reader should be asked. */
export const typoAnswer = z.object({
  error: z.string(),
  email: z.string().describe('As typed, normalized'),
  suggestion: z.string().describe('What was probably meant'),
});

/** Signs a reader up as the form does. Idempotent: a repeated request gets the same answer, and sends no more than the form would. */
export async function subscribeByApi(c: PageContext) {
  requireKnownOrigin(c);
  const { email, wording, page, as_typed } = await readBody(c);
  const { address, problem } = readAddress(email);
  if (address === undefined) {
    throw new AppError('invalid_input', problem);
  }
  const suggestion = suggestAddress(address);
  if (suggestion !== undefined && !as_typed) {
    return c.json(
      { error: `Did you mean ${suggestion}, or is it ${address}?`, email: address, suggestion },
      422,
    );
  }
  const context = c.get('context');
  const source = findCallerOf(c, context.config.trustedProxies);
  await padDuration(() =>
    signUp(context, {
      email: address,
      page: page.replaceAll(/\p{Cc}+/gu, ' ').trim() || (c.req.header('Origin') ?? 'api'),
      form: 'api',
      wording,
      source,
    }),
  );
  const message = `If we can send to ${address}, an email with a button is on its way. Press the button, and you’re in.`;
  return c.json({ email: address, message }, 202);
}

async function readBody(c: PageContext): Promise<z.infer<typeof signUpBody>> {
  if (!/^application\/json\s*(?:;|$)/i.test(c.req.header('Content-Type') ?? '')) {
    throw new AppError('invalid_input', 'The body must be JSON, with Content-Type: application/json.');
  }
  const body: unknown = await c.req.json().catch(() => {
    throw new AppError('invalid_input', 'The body is not valid JSON.');
  });
  const parsed = signUpBody.safeParse(body);
  if (!parsed.success) {
    const [{ path, message, code } = { path: [], message: '', code: '' }] = parsed.error.issues;
    const name = path.join('.');
    const isMissing = code === 'invalid_type' && name !== '' && !Object.hasOwn(body as object, name);
    throw new AppError(
      'invalid_input',
      `The body is invalid: ${name || 'it'} ${isMissing ? 'is missing' : message}. See /api/openapi.json.`,
    );
  }
  return parsed.data;
}
