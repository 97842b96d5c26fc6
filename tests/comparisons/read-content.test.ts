import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findJsonProblem } from '../../src/comparisons/parse/_find-json-problem.ts';
import { readContentFile } from '../../src/comparisons/parse/read-content.ts';
import { exampleContent, examplePath } from './example-content.ts';

test('a file is read without changes', async () => {
  expect(await readContentFile(examplePath)).toEqual(exampleContent());
});

test('a byte order mark is ignored', async () => {
  expect(await readContentFile(write('\uFEFF{"tools":[]}'))).toEqual({ tools: [] });
});

test('broken JSON is refused with its line and column', async () => {
  await expectRefusal(
    write('{\n  "tools": [\n    {"slug": x}\n  ]\n}'),
    'is not valid JSON',
    'line 3, column 14',
  );
});

test('truncated JSON is refused with the position where it ends', async () => {
  await expectRefusal(write('{\n  "tools": ['), 'is not valid JSON', 'line 2, column 13: expected');
});

test('a duplicate field in an object is refused, because one of the two would be lost', async () => {
  await expectRefusal(
    write('{"tools": [],\n "tools": []}'),
    'is not valid JSON',
    'line 2, column 2: the field "tools"',
  );
});

test('bytes that are not UTF-8 are refused with their offset', async () => {
  const file = Buffer.concat([Buffer.from('{"é":"'), Buffer.from([0xe9, 0x22]), Buffer.from('}')]);
  await expectRefusal(write(file), 'is not UTF-8', 'offset 7 ');
});

test('UTF-16 is refused at its first byte', async () => {
  await expectRefusal(write(Buffer.from('\uFEFF{}', 'utf16le')), 'is not UTF-8', 'offset 0 ');
});

test('a file over 10 MB is refused, one of exactly 10 MB is read', async () => {
  const file = write('{}');
  truncateSync(file, 10 * 1024 * 1024 + 1);
  await expectRefusal(file, 'is over 10 MB', '10485761 bytes');
  expect(await readContentFile(write(`{}${' '.repeat(10 * 1024 * 1024 - 2)}`))).toEqual({});
});

test('a missing file, a directory and a device are refused', async () => {
  await expectRefusal('/nowhere/content.json', 'does not exist', 'check the name');
  await expectRefusal(tmpdir(), 'is a directory', 'name a JSON file');
  await expectRefusal('/dev/null', 'is not a regular file', 'name a JSON file');
});

test.each(['', '\uFEFF', ' \n'])('an empty file is refused', async (text) => {
  await expectRefusal(write(text), 'is empty', 'write a JSON object');
});

test.each(['[]', 'null', '"tools"', '7'])(
  'a file that contains %s instead of an object is refused',
  async (text) => {
    await expectRefusal(write(text), 'does not contain an object', 'inside one pair of { }');
  },
);

test('a problem is found exactly in the texts that JSON.parse refuses', () => {
  const whole = '{"a":[1,-0.5e+3,true,null,"x\\u00e9\\n"],"b":{"c":"d"}}';
  const characters = ['', ...'{}[]:,"\\01eE+-.tfnu \n'.split('')];
  const variants = Array.from({ length: whole.length }, (_, at) =>
    characters.flatMap((character) => [
      whole.slice(0, at) + character + whole.slice(at),
      whole.slice(0, at) + character + whole.slice(at + 1),
    ]),
  ).flat();
  expect(variants.filter((text) => isJson(text) === Boolean(findJsonProblem(text)))).toEqual([]);
});

test('a very long string is no problem', () => {
  expect(findJsonProblem(`"${'\\n'.repeat(4_000_000)}"`)).toBeUndefined();
});

test('endless nesting is refused where it gets too deep', () => {
  expect(findJsonProblem('['.repeat(4_000_000))).toEqual({
    line: 1,
    column: 101,
    problem: 'nested more than 100 levels deep',
  });
});

function write(content: string | Buffer): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'content-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(path.join(folder, 'content.json'), content);
  return path.join(folder, 'content.json');
}

async function expectRefusal(file: string, what: string, problem: string) {
  await expect(readContentFile(file)).rejects.toMatchObject({
    code: 'invalid_input',
    message: `${file} ${what}; nothing was changed.`,
    problems: [expect.stringContaining(problem)],
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
