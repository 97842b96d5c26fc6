import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { maskAddresses } from '../src/errors.ts';
import { openLog } from '../src/log.ts';
import { signVote } from '../src/links/tokens.ts';
import { createApp } from '../src/web/app.tsx';
import { createTestApp } from './support/test-app.ts';

function openCaptured() {
  const stream = new PassThrough();
  const log = openLog('debug', stream);
  return { log, text: () => String(stream.read() ?? '') };
}

test('addresses in error messages are masked, and fields with addresses or secrets are removed', () => {
  const { log, text } = openCaptured();
  log.error(
    {
      err: new Error('duplicate key (email)=(ann.b@example.net)'),
      email: 'ann.b@example.net',
      reader: { email: 'bo@example.net' },
      config: { secret: 'whsec_1234', apiKey: 're_1234' },
    },
    'x',
  );
  const line = text();
  expect(line).toContain('[address]');
  expect(line).not.toMatch(/@example|1234/);
  expect(maskAddresses('<ann@example.net>, "bo+x@b.example"')).toBe('<[address]>, "[address]"');
});

test('a failed page is logged without the token in its path', async () => {
  const app = await createTestApp();
  const { log, text } = openCaptured();
  const token = signVote(app.context.linkKeys, { issue_id: 1, subscriber_id: 1 });
  await app.context.db.destroy();
  const answer = await createApp({ ...app.context, log }).request(`/v/${token}/harborlight/ship`);
  expect(answer.status).toBe(500);
  const line = text();
  expect(line).toContain('a page failed');
  expect(line).not.toContain(token);
  expect(await answer.text()).not.toMatch(/driver|stack|destroyed/);
});
