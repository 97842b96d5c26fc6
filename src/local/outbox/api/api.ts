import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { OutboxContext } from '../store/context.ts';
import { checkKey, checkUserAgent } from './_guard-calls.ts';
import { limitRate } from './_limit-rate.ts';
import { getDomain, getWebhook, listDomains, listWebhooks } from './_read-account.ts';
import { getMail, listMails } from './_read-mails.ts';
import { respondWithApiError, ApiError } from '../store/api-error.ts';
import { sendBatch, sendMail } from './_send-mail.ts';
import { setFault } from './_set-fault.ts';

const MAX_BODY_BYTES = 20 * 1024 * 1024;

/** Resend's HTTP API as described in docs/resend.md, and `POST /faults` for tests in other processes. */
export function openApi(outbox: OutboxContext): Hono {
  const api = new Hono();
  api.onError(respondWithApiError(outbox.log));
  api.post('/faults', setFault(outbox.faults));
  api.use(limitRate(outbox.callsPerSecond, outbox.account), checkUserAgent, checkKey);
  api.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: refuseLargeBody }));
  api.post('/emails', sendMail(outbox));
  api.get('/emails', listMails(outbox.db));
  api.post('/emails/batch', sendBatch(outbox));
  api.all('/emails/batch', refuseMethod);
  api.get('/emails/:id', getMail(outbox.db));
  api.get('/domains', listDomains(outbox.account));
  api.get('/domains/:id', getDomain(outbox.account));
  api.get('/webhooks', listWebhooks(outbox.account));
  api.get('/webhooks/:id', getWebhook(outbox.account));
  api.all('/emails', refuseMethod);
  api.all('/emails/:id', refuseMethod);
  api.all('*', refusePath);
  return api;
}

function refuseLargeBody(): never {
  throw new ApiError(413, 'validation_error', 'The request body is larger than the local outbox accepts.');
}

function refuseMethod(): never {
  throw new ApiError(405, 'method_not_allowed', 'This endpoint does not support the used HTTP method.');
}

function refusePath(): never {
  throw new ApiError(404, 'not_found', 'The requested endpoint does not exist.');
}
