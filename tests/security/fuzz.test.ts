import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { CommanderError } from 'commander';
import fc from 'fast-check';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readAddress } from '../../src/address/read-address.ts';
import { parseContent } from '../../src/comparisons/parse/read-content.ts';
import { importContent } from '../../src/comparisons/store/import-content.ts';
import { createProgram } from '../../src/commands/command-line.ts';
import { readConfig, SETTING_NAMES } from '../../src/config/config.ts';
import { AppError } from '../../src/errors.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import {
  deriveLinkKeys,
  verifyPageSignature,
  verifySubscriberToken,
  verifyVoteToken,
} from '../../src/links/tokens.ts';
import { findCaller } from '../../src/network/forwarded-for.ts';
import { parseNetwork, parseNetworkAddress } from '../../src/network/network-address.ts';
import { readEvent } from '../../src/sending/events/read-event.ts';
import { readReceivedMail } from '../../src/sending/events/receive-mail.ts';
import { parseBatchResponse } from '../../src/sending/rules/parse-response.ts';
import { importSubscribers } from '../../src/subscribers/transfer/import.ts';
import { cleanPath } from '../../src/web/request/clean-path.ts';
import { parseWeek } from '../../src/week.ts';
import { seedContent } from '../support/seed.ts';
import { createTestApp } from '../support/test-app.ts';
import { createTestDatabase } from '../support/test-database.ts';

/*
 * Whatever comes from outside is read or refused with a message, and never causes an internal error. Strings are ones that have caused
 * trouble somewhere (corpus/), combinations of these, and random ones.
 */
const corpus = readFileSync(new URL('corpus/strings.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) =>
    line
      .replaceAll(String.raw`\r`, '\r')
      .replaceAll(String.raw`\n`, '\n')
      .replaceAll(String.raw`\t`, '\t'),
  );
const piece = fc.oneof(fc.constantFrom(...corpus), fc.string({ unit: 'binary', maxLength: 40 }));
const text = fc.oneof(
  piece,
  fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join('')),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(
        text,
        fc.constantFrom(
          'type',
          'data',
          'id',
          'tags',
          'created_at',
          'email_id',
          'errors',
          'index',
          'bounce',
          '__proto__',
        ),
      ),
      tie('any'),
      { maxKeys: 6 },
    ),
  ),
})).any;
const RUNS = { numRuns: 400 };

/** Throws with the smallest input for which it does not hold. */
function expectProperty<Inputs>(property: fc.IProperty<Inputs>, runs: fc.Parameters<Inputs> = RUNS): void {
  fc.assert(property, runs);
}

/** Accepts a refusal with a message; throws any other error on. */
function expectRefusal(error: unknown): undefined {
  if (!(error instanceof AppError)) {
    throw error;
  }
}

function readOrRefuse<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    return expectRefusal(error);
  }
}

test('addresses: one that is safe in a mail’s header, or a problem', () => {
  expectProperty(
    fc.property(text, (input) => {
      const { address, problem } = readAddress(input);
      expect((address === undefined) !== (problem === undefined)).toBe(true);
      expect(address ?? 'a@b').toMatch(/^[^\s<>,;:\p{Cc}]{1,64}@[^\s<>,;:\p{Cc}]{1,255}$/u);
    }),
    { numRuns: 2_000 },
  );
});

test('tokens and signatures: nothing that we did not sign is accepted', () => {
  const keys = deriveLinkKeys(['a-secret-that-is-long-enough-for-signing-links']);
  const ballot = { issue_id: 1, subscriber_id: 1 };
  expectProperty(
    fc.property(text, (token) => {
      expect(verifyVoteToken(keys, token)).toBeUndefined();
      expect(verifySubscriberToken(keys, 'unsubscribe', token)).toBeUndefined();
      expect(verifyPageSignature(keys, ballot, token)).toBeUndefined();
    }),
    RUNS,
  );
});

test('proxy headers, networks and paths of any shape cause no error', () => {
  expectProperty(
    fc.property(text, text, fc.integer({ min: 0, max: 9 }), (forwarded, x_forwarded_for, trusted) => {
      findCaller({ remote: '127.0.0.1', forwarded, x_forwarded_for }, trusted);
      parseNetwork(forwarded);
      parseNetworkAddress(x_forwarded_for);
      const url = `http://localhost/${encodeURI(forwarded.replaceAll(/\p{Cs}/gu, ''))}`;
      cleanPath(new Request(url));
    }),
    RUNS,
  );
});

test('weeks and settings: valid, or a message that names the setting', () => {
  expectProperty(
    fc.property(text, (input) => void readOrRefuse(() => parseWeek(input))),
    RUNS,
  );
  const names = SETTING_NAMES.filter((name) => name !== 'RESEND_API_KEY');
  expectProperty(
    fc.property(
      fc.dictionary(fc.constantFrom(...names), text, { maxKeys: 5 }),
      (env) => void readOrRefuse(() => readConfig(env)),
    ),
    RUNS,
  );
});

test('responses and events from Resend, in any shape', () => {
  expectProperty(
    fc.property(value, value, fc.integer({ min: 1, max: 3 }), (data, other, count) => {
      readEvent(data);
      readReceivedMail(data);
      const error = typeof other === 'object' ? (other as never) : null;
      const result = parseBatchResponse({ data, error, headers: null }, count);
      // A batch is accepted only with one answer per mail.
      expect(result.kind === 'accepted' ? result.mails.length : count).toBe(count);
    }),
    RUNS,
  );
});

test('content: imported, or refused as a whole', { timeout: 60_000 }, async () => {
  const { db } = await createTestDatabase();
  const documents = fc.oneof(
    value.map((any) => JSON.stringify(any)),
    fc
      .record({
        tools: fc.array(value, { maxLength: 2 }),
        comparisons: fc.array(value, { maxLength: 2 }),
        reviewers: fc.array(value, { maxLength: 2 }),
      })
      .map((document) => JSON.stringify(document)),
    text,
  );
  await fc.assert(
    fc.asyncProperty(documents, async (document) => {
      const parsed = readOrRefuse(() => parseContent('content.json', Buffer.from(document)));
      await (parsed &&
        importContent(db, parsed, { dryRun: false, isFromBrowser: true }).catch(expectRefusal));
      expect(await db.selectFrom('tools').select('slug').execute()).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test(
  'lists of readers: rows are accepted or refused one by one, or the file is refused as a whole',
  { timeout: 60_000 },
  async () => {
    const { pool, db } = await createTestDatabase();
    const header = fc.constantFrom('email', 'email,name', 'Email Address;Status', 'email\tconfirmed_at', '');
    const file = fc.tuple(header, fc.array(text, { maxLength: 6 })).map((parts) => parts.flat().join('\n'));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(file, text),
        fc.constantFrom<BufferEncoding>('utf8', 'utf16le', 'latin1'),
        async (content, encoding) => {
          const facts = { consent_source: 'fuzz', confirmed_at: '2026-01-01' };
          const stream = Readable.from([Buffer.from(content, encoding)]);
          await importSubscribers(pool, stream, { now: new Date(), dryRun: true, facts }).catch(
            expectRefusal,
          );
        },
      ),
      { numRuns: 200 },
    );
    expect(await db.selectFrom('subscribers').select('id').execute()).toEqual([]);
  },
);

test(
  'forms, searches and events over HTTP: an answer, but never a server error',
  { timeout: 90_000 },
  async () => {
    const app = await createTestApp({ SIGN_UPS_PER_SOURCE: '100000' });
    const GETS = [
      '/comparisons',
      '/issues',
      '/results',
      '/api/subscribers',
      '/studio/readers',
      '/studio/log',
      '/studio/learn',
    ];
    const POSTS = [
      '/subscribe',
      '/api/subscribers',
      '/webhooks/resend',
      '/studio/readers',
      '/studio/name',
      '/studio/import/content',
      '/v/x/y/ship',
      '/unsubscribe/x',
    ];
    const fields = fc.dictionary(
      fc.oneof(
        text,
        fc.constantFrom(
          'email',
          'q',
          'page',
          'before',
          'who',
          'category',
          'name',
          'file',
          'started',
          'wording',
        ),
      ),
      text,
      { maxKeys: 5 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...GETS),
        fc.constantFrom(...POSTS),
        fields,
        fc.boolean(),
        text,
        async (get, post, values, isJson, cookie) => {
          const Cookie = `studio_name=${encodeURIComponent(cookie.toWellFormed())}; remember=${encodeURIComponent(cookie.toWellFormed())}; ${cookie.replaceAll(/[^\x20-\x7e]/g, '')}`;
          const query = new URLSearchParams(values).toString();
          const body = isJson ? JSON.stringify(values) : query;
          const type = isJson ? 'application/json' : 'application/x-www-form-urlencoded';
          const answers = await Promise.all([
            app.request(`${get}?${query}`, { headers: { Cookie } }),
            app.request(post, {
              method: 'POST',
              body,
              headers: {
                Cookie,
                'Content-Type': type,
                Origin: app.url,
                'svix-id': 'x',
                'svix-timestamp': query.slice(0, 9) || '1',
                'svix-signature': 'v1,x',
              },
            }),
          ]);
          expect(answers.map(({ status }) => status).filter((status) => status >= 500)).toEqual([]);
          await Promise.all(answers.map((answer) => answer.arrayBuffer()));
        },
      ),
      { numRuns: 250 },
    );
  },
);

test('a name in a cookie that nobody could have chosen is not recorded', async () => {
  const app = await createTestApp();
  await seedContent(app.context.db);
  await draftIssue(app.context, '2026-W48');
  for (const name of ['a%00b', '%0d%0aadmin', 'x'.repeat(61)]) {
    const headers = { Cookie: `studio_name=${name}`, Origin: app.url };
    const answer = await app.request('/studio/issues/2026-W48/hold', { method: 'POST', headers });
    expect(answer.status).toBeLessThan(500);
  }
  const entries = await app.context.db.selectFrom('audit_log').select('actor').execute();
  expect(entries.length).toBeGreaterThan(0);
  expect(entries.filter(({ actor }) => /\p{Cc}|x{61}/u.test(actor))).toEqual([]);
});

test(
  'command lines: a result, a refusal or the usage, but never an internal error',
  { timeout: 90_000 },
  async () => {
    const { url } = await createTestDatabase();
    const VERBS = [
      'issue show',
      'issue recipients',
      'issue pause',
      'issue move',
      'subscribers show',
      'subscribers import',
      'subscribers suppress',
      'content import',
      'content show',
      'votes held',
      'votes release',
      'webhooks replay',
    ];
    vi.stubEnv('DATABASE_URL', url);
    vi.stubEnv('LOG_LEVEL', 'silent');
    const written = [process.stdout, process.stderr].map((stream) =>
      vi.spyOn(stream, 'write').mockImplementation(() => true),
    );
    onTestFinished(() => {
      written.forEach((spy) => spy.mockRestore());
      vi.unstubAllEnvs();
    });
    const word = fc.oneof(
      text,
      fc.constantFrom('latest', '2026-W48', '--json', '--status', '--', '-1', '--reason'),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...VERBS), fc.array(word, { maxLength: 3 }), async (verb, words) => {
        // No system passes NUL in an argument.
        const args = words.map((one) => one.replaceAll('\0', ''));
        const ended = await createProgram()
          .parseAsync(['node', 'verdicts', ...verb.split(' '), ...args])
          .then(
            () => undefined,
            (error: unknown) => error,
          );
        expect(
          ended === undefined || ended instanceof AppError || ended instanceof CommanderError
            ? undefined
            : ended,
        ).toBeUndefined();
      }),
      { numRuns: 120 },
    );
  },
);
