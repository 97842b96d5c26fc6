import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import schema from '../../migrations/schema.json' with { type: 'json' };
import type { Db } from '../../src/database/connect.ts';
import type { Grants, Role } from '../../src/migration/grants.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What a process of each role runs. */
const EVERYWHERE = [
  'jobs/run/timetable.ts',
  'src/context.ts',
  'src/installation/installation.ts',
  'src/commands/shared/local-outbox.ts',
];
const ENTRIES: Readonly<Record<Role, readonly string[]>> = {
  web: [...EVERYWHERE, 'src/web/app.tsx'],
  worker: [
    ...EVERYWHERE,
    'jobs/run/work.ts',
    'src/web/health/health-app.ts',
    ...globSync('src/commands/{data,issue,operate}/*.ts', { cwd: ROOT }),
  ],
};
/** Run by the owner of the tables alone. */
const OWNERS = ['src/migration/migrate.ts', 'src/migration/update-database.ts', 'src/queue/create-queues.ts'];
/** Statements of better-auth, which makes them itself. */
const OF_LIBRARIES: Readonly<Record<Role, Grants>> = {
  web: {
    staff_users: 'raw',
    staff_accounts: 'rawd',
    staff_sessions: 'rawd',
    staff_verifications: 'rawd',
    staff_passkeys: 'rawd',
    staff_attempts: 'rawd',
  },
  worker: { staff_verifications: 'rawd' },
};

/** What the code of a role does with each table of this database. */
export async function grantsNeeded(db: Db, role: Role): Promise<Grants> {
  const { rows: functions } = await sql<DatabaseFunction>`
    select proname as name, prosrc as body, tgrelid::regclass::text as "table"
    from pg_proc left join pg_trigger on tgfoid = pg_proc.oid
    where pronamespace = current_schema()::regnamespace and not prosecdef`.execute(db);
  return { ...rightsNeeded(reachableFrom(ENTRIES[role], OWNERS), functions), ...OF_LIBRARIES[role] };
}

/** The functions of this database that the code of a role calls and that run with the rights of their owner. */
export async function functionsNeeded(db: Db, role: Role): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select proname as name from pg_proc
    where pronamespace = current_schema()::regnamespace and prosecdef order by proname`.execute(db);
  const sources = readSources(reachableFrom(ENTRIES[role], OWNERS));
  return rows.map(({ name }) => name).filter((name) => isCalledIn(sources, name));
}

/** PostgreSQL's letters for privileges: r select, a insert, w update, d delete, D truncate. */
type Rights = Set<string>;

const tables = new Set(
  Object.keys(schema).flatMap((name) => /^column ((?:outbox\.)?[a-z_]+)\.[a-z_]+$/.exec(name)?.[1] ?? []),
);

/** Every file that `entries` import, of types too: more than runs, never less. */
function reachableFrom(entries: readonly string[], except: readonly string[]): string[] {
  const found = new Set<string>();
  const waiting = [...entries];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (!found.has(file) && !except.includes(file)) {
      found.add(file);
      const source = readFileSync(path.join(ROOT, file), 'utf8');
      for (const [, specifier = ''] of source.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+\.tsx?)'/g)) {
        waiting.push(path.normalize(path.join(path.dirname(file), specifier)));
      }
    }
  }
  return [...found].toSorted();
}

/** A function of the database; `table` is the one whose changes set it off, if it is a trigger's. */
interface DatabaseFunction {
  name: string;
  body: string;
  table: string | null;
}

/** What the statements in these files, and the functions that they call or set off, do with each table. */
function rightsNeeded(files: readonly string[], functions: readonly DatabaseFunction[]): Grants {
  const sources = readSources(files);
  const needed = new Map<string, Rights>();
  const bodies = new Set<string>();
  for (const source of sources) {
    collect(source, needed);
  }
  for (let size = -1; size !== countRights(needed);) {
    size = countRights(needed);
    for (const { name, body, table } of functions) {
      const rights = table === null ? undefined : needed.get(table);
      const isSetOff = rights !== undefined && Array.from('awd').some((letter) => rights.has(letter));
      const isCalled = isCalledIn([...sources, ...bodies], name);
      if (isSetOff || isCalled) {
        bodies.add(body);
        collect(body, needed);
      }
    }
  }
  return Object.fromEntries(
    [...needed]
      .map(
        ([table, rights]) =>
          [
            table,
            Array.from('rawdD')
              .filter((letter) => rights.has(letter))
              .join(''),
          ] as const,
      )
      .filter(([, rights]) => rights !== '')
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function readSources(files: readonly string[]): string[] {
  return files.map((file) => withoutComments(readFileSync(path.join(ROOT, file), 'utf8')));
}

function isCalledIn(sources: readonly string[], name: string): boolean {
  return sources.some((source) => new RegExp(`\\b${name}\\(`).test(source));
}

function withoutComments(source: string): string {
  return source.replaceAll(/\/\*\*?[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}

function countRights(needed: ReadonlyMap<string, Rights>): number {
  return [...needed.values()].reduce((sum, rights) => sum + rights.size, 0);
}

function collect(source: string, needed: Map<string, Rights>): void {
  const add = (table: string | undefined, letters: string) => {
    if (table !== undefined && tables.has(table)) {
      const rights = needed.get(table) ?? new Set();
      Array.from(letters).forEach((letter) => rights.add(letter));
      needed.set(table, rights);
    }
  };
  const each = (pattern: RegExp, letters: string) =>
    [...source.matchAll(pattern)].forEach(([, table]) => add(table, letters));
  for (const name of source.matchAll(/[a-z_.]+/g)) {
    add(name[0], isTableName(source, name.index, name[0]) ? 'r' : '');
  }
  each(/insertInto\('([a-z_.]+)'/g, 'ra');
  each(/updateTable\('([a-z_.]+)'/g, 'rw');
  each(/deleteFrom\('([a-z_.]+)'/g, 'rd');
  each(/\binsert\s+into\s+([a-z_.]+)/gi, 'ra');
  each(/\bupdate\s+(?:only\s+)?([a-z_.]+)(?:\s+as\s+\w+)?\s+set\b/gi, 'rw');
  each(/\bdelete\s+from\s+([a-z_.]+)/gi, 'rd');
  for (const [, list = ''] of source.matchAll(/\btruncate\s+([a-z_.]+(?:\s*,\s*[a-z_.]+)*)/gi)) {
    list.split(/\s*,\s*/).forEach((table) => add(table, 'D'));
  }
  each(/\bcopy\s+([a-z_.]+)[^;]*?\bfrom stdin/gi, 'ra');
  // An upsert updates too, and a row is locked only by whoever may update it.
  each(
    /insertInto\('([a-z_.]+)'(?:(?!insertInto|updateTable|deleteFrom|selectFrom\('|execute)[\s\S])*?doUpdateSet/g,
    'w',
  );
  each(/\binsert\s+into\s+([a-z_.]+)(?:(?!insert into)[^`;])*?\bdo\s+update\b/gi, 'w');
  each(
    /selectFrom\('([a-z_.]+)'(?:(?!selectFrom|insertInto|updateTable|deleteFrom|execute\()[\s\S])*?\.forUpdate\(/g,
    'w',
  );
  each(/\bfrom\s+([a-z_.]+)(?:(?!\bfrom\b)[^`;])*?\bfor\s+(?:no\s+key\s+)?(?:update|share)\b/gi, 'w');
  each(/\bfor\s+update\s+of\s+([a-z_.]+)/gi, 'w');
}

/** In quotation marks, as Kysely has it, or after a word of SQL. */
function isTableName(source: string, index: number, name: string): boolean {
  const before = source.slice(Math.max(0, index - 40), index);
  const after = source[index + name.length];
  return (
    (before.endsWith("'") && /['\s]/.test(after ?? '')) ||
    /\b(?:from|join|into|update|using|table|only)\s+$|,\s*$/i.test(before)
  );
}
