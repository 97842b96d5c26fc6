import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { groupOf, mayImport, placeOf, readDiagram, roomOf } from './diagram.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const diagram = readDiagram(ROOT);
const files = listFiles('src', 'jobs', 'emails').filter(
  (file) => /\.tsx?$/.test(file) && file !== 'src/verdicts.ts',
);

/** Every import there is, of types and on demand as well. */
const imports = files.flatMap((from) => {
  const source = readFileSync(path.join(ROOT, from), 'utf8');
  return [...source.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)]
    .map(([, specifier = '']) => path.normalize(path.join(path.dirname(from), specifier)))
    .filter((to) => /\.tsx?$/.test(to))
    .map((to) => ({ from, to }));
});

/** Product folders with files of their own, and the root. */
const FRONTS = new Set(['src', 'web', 'emails', 'doctor', 'commands']);

/** Started by the entry point, or in a process of their own. */
const STARTED = [
  'src/local/postgres/postgres-keeper.ts',
  'src/commands/command-line.ts',
  'src/config/env-file-problems.ts',
];

test('every file is in a room of the diagram, and every room is there', () => {
  expect([...new Set(files.map(roomOf))].toSorted()).toEqual([...diagram.rooms].toSorted());
  expect([...new Set(files.map(roomOf))].map((room) => placeOf(room, diagram)).toSorted()).toEqual(
    [...new Set(files.map((file) => (/^src\/[^/]+$/.test(file) ? file : path.dirname(file))))].toSorted(),
  );
});

test('the diagram’s arrows are the imports there are', () => {
  const roomImports = imports.map(({ from, to }) => [roomOf(from), roomOf(to)] as const);
  const unknown = roomImports.filter(([from, to]) => !mayImport(from, to, diagram));
  expect(new Set(unknown.map((pair) => pair.join(' --> ')))).toEqual(new Set());
  const used = new Set(
    roomImports.flatMap(([from, to]) => [
      `${from} --> ${to}`,
      `${groupOf(from, diagram)} --> ${groupOf(to, diagram)}`,
    ]),
  );
  expect([...diagram.arrows].filter((arrow) => !used.has(arrow))).toEqual([]);
});

test('the lint refuses what no arrow allows, from every room to every other', { timeout: 120_000 }, () => {
  const folder = makeProject();
  const rooms = [...diagram.rooms];
  const fileOf = (room: string, name = 'x.ts') => {
    const place = placeOf(room, diagram);
    return place.endsWith('.ts') ? place : `${place}/${name}`;
  };
  const pairs = rooms.flatMap((from) =>
    rooms.flatMap((to) => [
      ...(to === from ? [] : [{ from, to, name: 'x.ts', isAllowed: mayImport(from, to, diagram) }]),
      ...(fileOf(to).endsWith('/x.ts') ? [{ from, to, name: '_x.ts', isAllowed: from === to }] : []),
    ]),
  );
  const specifierOf = ({ from, to, name }: (typeof pairs)[number]) => {
    const relative = path.relative(path.dirname(fileOf(from)), fileOf(to, name));
    return relative.startsWith('.') ? relative : `./${relative}`;
  };
  for (const [from = '', ofRoom] of Map.groupBy(pairs, (pair) => pair.from)) {
    mkdirSync(path.join(folder, path.dirname(fileOf(from))), { recursive: true });
    const lines = ofRoom.map((pair) => `export * from '${specifierOf(pair)}';\n`);
    writeFileSync(path.join(folder, fileOf(from)), lines.join(''));
  }
  const { diagnostics } = JSON.parse(lint(folder, '--format=json', '--allow=import/no-cycle')) as {
    diagnostics: { code: string; message: string; filename: string }[];
  };
  const refused = diagnostics
    .filter(({ code }) => code.includes('no-restricted-imports'))
    .map(({ filename, message }) => `${filename} ${/'([^']+)'/.exec(message)?.[1]}`);
  const expected = pairs
    .filter(({ isAllowed }) => !isAllowed)
    .map((pair) => `${fileOf(pair.from)} ${specifierOf(pair)}`);
  expect(expected.length).toBeGreaterThan(rooms.length);
  expect(refused.toSorted()).toEqual(expected.toSorted());
});

test.each([
  ['src/votes/cast/x.ts', 'hono'],
  ['src/comparisons/store/x.ts', 'resend'],
  ['src/issues/decide/x.ts', 'hono/cookie'],
  ['src/sending/submit/x.ts', 'node-cron'],
  ['migrations/x.ts', '../src/log.ts'],
])('the lint refuses %s an import of %s', (file, imported) => {
  const folder = makeProject();
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), `import { a } from '${imported}';\nexport const b = a;\n`);
  expect(lint(folder)).toContain('no-restricted-imports');
});

test('a file whose name begins with _ is imported in its room alone, every other one from outside', () => {
  const isRoom = (file: string) => file.startsWith('src/') && file.split('/').length > 2;
  const outside = new Set(imports.filter(({ from, to }) => roomOf(from) !== roomOf(to)).map(({ to }) => to));
  const isOwn = (file: string) => path.basename(file).startsWith('_');
  expect(files.filter((file) => isOwn(file) && outside.has(file))).toEqual([]);
  expect(
    files.filter((file) => isRoom(file) && !isOwn(file) && !outside.has(file) && !STARTED.includes(file)),
  ).toEqual([]);
});

test('no file, room or product folder imports itself by way of others', () => {
  const arrowsBy = (nameOf: (file: string) => string) =>
    imports.map(({ from, to }) => [nameOf(from), nameOf(to)] as const).filter(([from, to]) => from !== to);
  expect(findCircle(arrowsBy((file) => file))).toEqual([]);
  expect(findCircle(arrowsBy(roomOf))).toEqual([]);
  expect(findCircle(arrowsBy((file) => groupOf(roomOf(file), diagram)))).toEqual([]);
});

test('the root of src has at most six files, and a room a handful', () => {
  const perFolder = Map.groupBy(files, (file) => path.dirname(file));
  expect(perFolder.get('src')?.length).toBeLessThan(6);
  const crowded = [...perFolder].filter(([, { length }]) => length > 12);
  expect(crowded).toEqual([]);
});

test('the document of the rooms says of every one what is in it', () => {
  const text = readFileSync(path.join(ROOT, 'docs/rooms.md'), 'utf8');
  const named = new Set([...text.matchAll(/`([\w/-]+)`/g)].flatMap(([, name = '']) => name.split('/')));
  const folders = files.map((file) => path.basename(path.dirname(file)));
  expect([...new Set(folders)].filter((folder) => !named.has(folder) && !FRONTS.has(folder))).toEqual([]);
});

test('documents name only files that there are, and the README every folder of src', () => {
  const tracked = listFiles('.').map((file) => `/${file}`);
  const documents = listFiles(
    'README.md',
    'CONTRIBUTING.md',
    'docs/*.md',
    'findings/README.md',
    'emails/*.md',
  );
  const named = documents.flatMap((document) =>
    [...readFileSync(path.join(ROOT, document), 'utf8').matchAll(/`([\w./-]+\.(?:tsx?|sql|conf))`/g)].map(
      ([, name = '']) => ({ document, name }),
    ),
  );
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter(({ name }) => !tracked.some((file) => file.endsWith(`/${name}`)))).toEqual([]);
  const map = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  const folders = new Set(files.filter((file) => /^src\/.*\//.test(file)).map((file) => file.split('/')[1]));
  expect([...folders].filter((folder) => !map.includes(`${folder}/`))).toEqual([]);
});

/** With those that are not committed yet. */
function listFiles(...where: string[]): string[] {
  return execFileSync('git', ['ls-files', '-co', '--exclude-standard', ...where], {
    cwd: ROOT,
    encoding: 'utf8',
  })
    .split('\n')
    .filter(Boolean);
}

/** A folder with this project's lint and nothing to lint yet. */
function makeProject(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'verdicts-architecture-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const needed of [
    'oxlint.config.ts',
    'docs/architecture.md',
    'docs/rooms.md',
    'tests/architecture/diagram.ts',
  ]) {
    cpSync(path.join(ROOT, needed), path.join(folder, needed));
  }
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  return folder;
}

function lint(folder: string, ...options: string[]): string {
  const command = path.join(ROOT, 'node_modules/.bin/oxlint');
  const folders = ['src', 'jobs', 'emails', 'migrations'].filter((name) =>
    existsSync(path.join(folder, name)),
  );
  const { stdout, status } = spawnSync(command, [...options, ...folders], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  expect(status).toBe(1);
  return stdout;
}

/** What is left when those that nobody imports, or that import nobody, are taken away again and again. */
function findCircle(arrows: (readonly [string, string])[]): string[] {
  const inner = arrows.filter(
    ([from, to]) => arrows.some(([other]) => other === to) && arrows.some(([, other]) => other === from),
  );
  return inner.length === arrows.length
    ? [...new Set(inner.map((arrow) => arrow.join(' --> ')))]
    : findCircle(inner);
}
