import { execFileSync } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseEnv } from 'node:util';
import { parse } from 'yaml';
import { SETTING_NAMES } from '../../src/config/config.ts';
import { DEPLOY, ROOT, runProgram } from './tools.ts';

interface Service {
  image: string;
  environment?: Record<string, string>;
  secrets?: string[];
  command?: string;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  ports?: string[];
  deploy?: { replicas: number };
  depends_on?: Record<string, { condition: string }>;
}

const compose = parse(readFileSync(path.join(DEPLOY, 'compose.yaml'), 'utf8'), { merge: true }) as {
  services: Record<string, Service>;
  secrets: Record<string, { file: string }>;
};
const ours = Object.entries(compose.services).filter(([, { image }]) => image === 'weekly-verdicts');

test('compose has PostgreSQL, a migration, pages, two workers and backups; our services cannot write or gain rights', () => {
  expect(Object.keys(compose.services)).toEqual(['postgres', 'migrate', 'web', 'worker', 'backup']);
  expect(ours.map(([name]) => name)).toEqual(['migrate', 'web', 'worker']);
  for (const [, service] of ours) {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  }
  expect(compose.services.worker?.deploy?.replicas).toBe(2);
  expect(compose.services.web?.ports).toEqual(['127.0.0.1:3000:3000']);
  const { web, worker } = compose.services;
  expect(web?.depends_on).toEqual({ migrate: { condition: 'service_completed_successfully' } });
  expect(worker?.depends_on).toEqual(web?.depends_on);
});

test('each service connects as a role of its own and sees only the secrets that it reads', () => {
  const roles = ours.map(([, { environment }]) => new URL(environment?.DATABASE_URL ?? '').username);
  expect(roles).toEqual(['verdicts_owner', 'verdicts_web', 'verdicts_worker']);
  for (const [, { environment = {}, secrets = [] }] of ours) {
    const read = Object.entries(environment).flatMap(([name, value]) =>
      name.endsWith('_FILE') ? [path.basename(value)] : [],
    );
    expect(read.toSorted()).toEqual(secrets.toSorted());
  }
});

test('make-secrets creates every file that compose and the units read, only once, for their owner alone', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'verdicts-secrets-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const secrets = path.join(folder, 'secrets');
  await runProgram([path.join(DEPLOY, 'make-secrets'), secrets]);
  const names = Object.values(compose.secrets).map(({ file }) => path.basename(file));
  expect(readdirSync(secrets).toSorted()).toEqual(names.toSorted());
  expect(statSync(secrets).mode & 0o077).toBe(0);
  const read = () => names.map((name) => readFileSync(path.join(secrets, name), 'utf8'));
  const first = read();
  expect(new Set(first.filter(Boolean)).size).toBe(5);
  expect(first.filter(Boolean).every((value) => value.length >= 44)).toBe(true);
  await runProgram([path.join(DEPLOY, 'make-secrets'), secrets]);
  expect(read()).toEqual(first);
});

test('every setting that the units and compose name exists, and so does every file', () => {
  const known = new Set([
    ...SETTING_NAMES.flatMap((name) => [name, `${name}_FILE`]),
    'NODE_ENV',
    'NODE_OPTIONS',
  ]);
  const units = globSync('systemd/weekly-verdicts-{doctor,migrate,web@,worker@}.service', { cwd: DEPLOY });
  expect(units).toHaveLength(4);
  for (const unit of units) {
    const text = readFileSync(path.join(DEPLOY, unit), 'utf8');
    const credentials = [...text.matchAll(/^LoadCredential=([a-z_]+):(\S+)$/gm)];
    const files = credentials.map(([, , file = '']) => path.basename(file));
    expect(files.filter((file) => !(file in compose.secrets))).toEqual([]);
    const lines = [...text.matchAll(/^Environment=(.*)$/gm)].flatMap(([, line = '']) => line.split(' '));
    const pairs = lines.map((line) => line.split(/=(.*)/s) as [string, string]);
    expect(pairs.map(([name]) => name).filter((name) => !known.has(name))).toEqual([]);
    const read = pairs.filter(([name]) => name.endsWith('_FILE')).map(([, value]) => value);
    expect(read.toSorted()).toEqual(credentials.map(([, credential]) => `%d/${credential}`).toSorted());
  }
  const example = Object.keys(parseEnv(readFileSync(path.join(DEPLOY, 'settings.env.example'), 'utf8')));
  expect(example.filter((name) => !known.has(name))).toEqual([]);
  // Git ignores what is secret.
  const ignored = readFileSync(path.join(ROOT, '.gitignore'), 'utf8').split('\n');
  expect(ignored).toEqual(expect.arrayContaining(['deploy/secrets/', 'deploy/settings.env']));
  const names = ours.flatMap(([, { environment = {} }]) => Object.keys(environment));
  expect(names.filter((name) => !known.has(name))).toEqual([]);
});

test('the command line of the units reads their settings as they are written, and the secrets of a worker', () => {
  const etc = mkdtempSync(path.join(tmpdir(), 'verdicts-etc-'));
  onTestFinished(() => rmSync(etc, { recursive: true }));
  writeFileSync(
    path.join(etc, 'settings.env'),
    '# a remark\n  ; another\nnot a setting\nPUBLIC_URL=https://verdicts.example.net\r\n\nMAIL_FROM="Weekly $Verdicts <v@mail.example.net>"  \nTIMEZONE=Europe/Rome\nSTAFF_EMAILS=ann@example.net',
  );
  mkdirSync(path.join(etc, 'secrets'));
  // The last two are copies that somebody made, as before rotating it.
  for (const secret of [
    'link_secret',
    'resend_api_key',
    'resend_api_key_2',
    'worker_password',
    'link_secret.old',
    'link_secret~',
  ]) {
    writeFileSync(path.join(etc, 'secrets', secret), 'secret');
  }
  const program = path.join(etc, 'program');
  writeFileSync(program, '#!/bin/sh\necho "$@"\nenv\n', { mode: 0o755 });
  const run = (args: string[], env: Record<string, string> = {}) =>
    execFileSync(path.join(DEPLOY, 'systemd/verdicts'), args, {
      env: { PATH: process.env.PATH, VERDICTS_ETC: etc, VERDICTS_PROGRAM: program, ...env },
      encoding: 'utf8',
    }).split('\n');
  const listed = run(['issue', 'list', '--json']);
  expect(listed[0]).toBe('issue list --json');
  expect(listed).toEqual(
    expect.arrayContaining([
      'MAIL_FROM=Weekly $Verdicts <v@mail.example.net>',
      'STAFF_EMAILS=ann@example.net',
      'PUBLIC_URL=https://verdicts.example.net',
      `RESEND_API_KEY_2_FILE=${etc}/secrets/resend_api_key_2`,
      'DATABASE_URL=postgres://verdicts_worker@127.0.0.1:5432/verdicts',
      `DATABASE_PASSWORD_FILE=${etc}/secrets/worker_password`,
      `RESEND_API_KEY_FILE=${etc}/secrets/resend_api_key`,
      `LINK_SECRET_FILE=${etc}/secrets/link_secret`,
    ]),
  );
  expect(run(['migrate', '--down'])).toContain(`DATABASE_PASSWORD_FILE=${etc}/secrets/owner_password`);
  const restored = run(['restored'], { RESEND_API_KEY: 're_full', TIMEZONE: 'UTC' });
  expect(restored).toEqual(expect.arrayContaining(['RESEND_API_KEY=re_full', 'TIMEZONE=UTC']));
  expect(restored.some((line) => line.startsWith('RESEND_API_KEY_FILE'))).toBe(false);
});

test('processes that share a port run as one user; otherwise systemd would make one for each of them', () => {
  const sharing = globSync('systemd/*.service', { cwd: DEPLOY })
    .map((unit) => readFileSync(path.join(DEPLOY, unit), 'utf8'))
    .filter((text) => text.includes('--share-port'));
  expect(sharing).toHaveLength(1);
  expect(sharing[0]).toMatch(/^User=[a-z-]+$/m);
});

test('the Dockerfile copies files that exist, runs as a user without rights and has a health check', () => {
  const dockerfile = readFileSync(path.join(DEPLOY, 'Dockerfile'), 'utf8');
  expect(dockerfile).toMatch(/^USER 10001:10001$/m);
  expect(dockerfile).toMatch(/^HEALTHCHECK .*CMD \["verdicts-healthy"\]$/m);
  const [ignored, ...kept] = readFileSync(path.join(DEPLOY, 'Dockerfile.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));
  expect(ignored).toBe('*');
  expect(kept.filter((line) => !line.startsWith('!') || !existsSync(path.join(ROOT, line.slice(1))))).toEqual(
    [],
  );
  // What the build needs is among them.
  expect(kept).toEqual(
    expect.arrayContaining(['!src', '!jobs', '!emails', '!migrations', '!package-lock.json']),
  );
});
