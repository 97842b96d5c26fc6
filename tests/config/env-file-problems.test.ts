import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { listProblems } from '../../src/config/env-file-problems.ts';
import { runVerdicts } from '../support/run-verdicts.ts';

test.each([
  ['POSTAL_ADDRESS=Example Ltd, Suite #5, Anytown', 'POSTAL_ADDRESS has a #'],
  ['DATABASE_PASSWORD=ab#cd', 'DATABASE_PASSWORD has a #'],
  ['export DATABASE_PASSWORD=#cd', 'DATABASE_PASSWORD has a #'],
  ["POSTAL_ADDRESS='Anna's Shop, 1 High Street'", "POSTAL_ADDRESS has text after its closing '"],
  ['A="one', 'A begins with "'],
  ['APPROVAL: required', 'line 4 is not NAME=value'],
  ['APPROVAL required', 'line 4 is not NAME=value'],
  ['A="one\ntwo" three', 'A has text after its closing "'],
])('%j is refused, because Node would cut it', (line, problem) => {
  expect(listProblems(`# A remark\n\nTIMEZONE=UTC\n${line}\nPORT=3000\n`)).toEqual([
    expect.stringContaining(problem),
  ]);
});

test.each([
  'POSTAL_ADDRESS="Example Ltd, Suite #5"',
  'PORT=3000 # of the pages',
  'PORT=3000 # see issue #12',
  'PORT=3000 ## see below',
  'PORT="3000" # of the pages',
  "MAIL_FROM=Anna's Verdicts <v@example.net>",
  'A="one\ntwo"',
  'PORT=',
  'other.name-of=somebody',
  '#PORT=3000#',
])('%j is read as it is written', (line) => {
  expect(listProblems(line)).toEqual([]);
});

test.each(['\uFEFFPORT=3000', 'P\0O\0R\0T\0=\x003\0'])(
  '%j is refused: its names are not what they seem',
  (text) => {
    expect(listProblems(text)).toEqual([expect.stringContaining('save it as UTF-8')]);
  },
);

test('what is not refused is read whole', () => {
  const value = fc.string({ unit: fc.constantFrom('a', ' ', '#', '"', "'", ','), maxLength: 12 });
  fc.assert(
    fc.property(value, (written) => {
      fc.pre(listProblems(`A=${written}`).length === 0);
      const bare = written.trim().replace(/(?:^|\s+)#.*$/, '');
      const [quote = ''] = /^["']/.exec(bare) ?? [];
      const isClosed = quote !== '' && bare.length > 1 && bare.endsWith(quote);
      const inQuotes = /^(["'])(.*?)\1/.exec(written.trim())?.[2];
      expect(parseEnv(`A=${written}`).A).toBe(inQuotes ?? (isClosed ? bare.slice(1, -1) : bare));
    }),
  );
});

test('a command names the setting and not its value', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'verdicts-env-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(path.join(folder, '.env'), 'DATABASE_PASSWORD=secret#one\n');
  const { code, stderr } = await runVerdicts(['issue', 'list'], {}, folder);
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining('.env cannot be used: DATABASE_PASSWORD has a #'),
  ]);
  expect(stderr).not.toContain('secret');
});
