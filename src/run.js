import { createHash } from 'node:crypto';
import { existsSync, globSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = path.join(import.meta.dirname, '..');
const BUILDS = path.join(ROOT, 'node_modules/.cache/weekly-verdicts');
const SOURCES = ['src/**', 'jobs/**', 'emails/**', 'migrations/*', 'esbuild.config.ts', 'package-lock.json'];
const UNUSED_DAYS = 30;

/**
 * Runs the command line from a build, which starts in a fraction of the time and memory of the sources; builds first when a
 * source has changed. Each build has its own folder: a running process loads parts of its own build when it needs them.
 */
const build = path.join(BUILDS, hashSources());
const isNew = !existsSync(build);
if (isNew) {
  await buildFrom(build);
}
touchBuild();
if (isNew) {
  removeUnused();
}
// The build of a server that runs for weeks must not look unused.
setInterval(touchBuild, 3_600_000).unref();
// A path may contain characters that mean something in a URL.
await import(pathToFileURL(path.join(build, 'src/verdicts.js')).href);

function touchBuild() {
  // Somebody may have deleted it; the process then reports the part that it cannot load.
  if (existsSync(build)) {
    utimesSync(build, new Date(), new Date());
  }
}

/** @returns {string} */
function hashSources() {
  const hash = createHash('sha256');
  for (const file of globSync(SOURCES, { cwd: ROOT }).toSorted()) {
    const { mtimeMs, size } = statSync(path.join(ROOT, file));
    hash.update(`${file} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

/** @param {string} folder */
async function buildFrom(folder) {
  // Loaded only here: stripping its types takes as long as starting.
  const { buildTo } = await import('../esbuild.config.ts');
  const unfinished = `${folder}-${process.pid}`;
  await buildTo(unfinished);
  // Of two processes that build at once, the second finds that the first has finished.
  if (existsSync(folder)) {
    rmSync(unfinished, { recursive: true });
  } else {
    renameSync(unfinished, folder);
  }
}

function removeUnused() {
  const oldest = Date.now() - UNUSED_DAYS * 86_400_000;
  for (const name of globSync('*', { cwd: BUILDS })) {
    const folder = path.join(BUILDS, name);
    if (statSync(folder).mtimeMs < oldest) {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
