import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { parseBatchResponse, type SdkResult } from '../../src/sending/rules/parse-response.ts';

const ids = Array.from({ length: 4 }, () => randomUUID());
const [a = '', b = '', c = '', d = ''] = ids;

const accepted = (ids: string[], errors?: { index: number; message: string }[]): SdkResult => ({
  data: { data: ids.map((id) => ({ id })), ...(errors ? { errors } : {}) },
  error: null,
  headers: {},
});

const refused = (
  statusCode: number | null,
  name: string,
  headers: Record<string, string> | null = {},
): SdkResult => ({
  data: null,
  error: { statusCode, name, message: 'names nobody’s address' },
  headers,
});

test('ids are aligned with the batch', () => {
  expect(parseBatchResponse(accepted([a, b]), 2)).toEqual({
    kind: 'accepted',
    mails: [{ resend_id: a }, { resend_id: b }],
  });
});

test('ids of a compacted response skip the rejected mails', () => {
  const errors = [
    { index: 2, message: 'bad to' },
    { index: 0, message: 'no to' },
  ];
  expect(parseBatchResponse(accepted([b, d], errors), 4)).toEqual({
    kind: 'accepted',
    mails: [{ rejected: 'no to' }, { resend_id: b }, { rejected: 'bad to' }, { resend_id: d }],
  });
});

test('a response with inconsistent counts or ids is retried', () => {
  expect(parseBatchResponse(accepted([a]), 2).kind).toBe('retry');
  expect(parseBatchResponse(accepted([a, c, d]), 2).kind).toBe('retry');
  expect(parseBatchResponse(accepted([a, 'no id of Resend']), 2).kind).toBe('retry');
  const twice = { index: 0, message: 'no to' };
  expect(parseBatchResponse(accepted([a], [twice, twice]), 3).kind).toBe('retry');
  expect(parseBatchResponse(accepted([a], [{ index: 2, message: 'no to' }]), 2).kind).toBe('retry');
  expect(parseBatchResponse({ data: {}, error: null, headers: {} }, 1).kind).toBe('retry');
});

test.each([
  [null, 'application_error', 'retry'],
  [500, 'application_error', 'retry'],
  [500, 'internal_server_error', 'retry'],
  [502, 'application_error', 'retry'],
  [503, 'service_unavailable', 'retry'],
  [409, 'concurrent_idempotent_requests', 'retry'],
  [409, 'resource_locked', 'retry'],
  [409, 'invalid_idempotent_request', 'unknown'],
  [429, 'rate_limit_exceeded', 'wait'],
  [429, 'daily_quota_exceeded', 'quota'],
  [429, 'monthly_quota_exceeded', 'quota'],
  [400, 'invalid_idempotency_key', 'pause'],
  [401, 'missing_api_key', 'stop'],
  [403, 'validation_error', 'stop'],
  [403, 'suspended_api_key', 'stop'],
  [422, 'invalid_from_address', 'pause'],
  [451, 'security_error', 'stop'],
  [418, 'something_new', 'pause'],
])('%s %s is classified as %s', (status, name, kind) => {
  expect(parseBatchResponse(refused(status, name), 1).kind).toBe(kind);
});

test('a 429 means waiting as long as Resend says, at least a second', () => {
  expect(parseBatchResponse(refused(429, 'rate_limit_exceeded', { 'retry-after': '7' }), 1)).toEqual({
    kind: 'wait',
    seconds: 7,
    reason: '429 rate_limit_exceeded',
  });
  expect(parseBatchResponse(refused(429, 'rate_limit_exceeded'), 1)).toMatchObject({
    kind: 'wait',
    seconds: 1,
  });
});
