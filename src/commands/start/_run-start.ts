import { once } from 'node:events';
import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { startTimetable } from '../../../jobs/run/timetable.ts';
import { type Config, readConfig, withPublicUrl } from '../../config/config.ts';
import { type Context, openContext } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { announcePublicUrl, type Installation, loadInstallation } from '../../installation/installation.ts';
import type { ProcessRole } from '../../installation/processes.ts';
import { watchConnections } from '../../database/silent-connections.ts';
import { declineDemo, isDemoWanted } from '../../local/demo/is-demo-wanted.ts';
import getPort from 'get-port';
import { openLog } from '../../log.ts';
import { readGauges } from '../../doctor/gauges/read-gauges.ts';
import { loopbackOnly } from '../../network/loopback-only.ts';
import { detectRollback } from '../../sending/restore/detect-rollback.ts';
import { openTracing } from '../../tracing/tracing.ts';
import type { AppEnv } from '../../web/layout/page.tsx';
import { type Options, printOutcome } from '../shared/command.ts';
import { serveOutbox, type LocalOutbox, openLocalOutbox } from '../shared/local-outbox.ts';
import { readPublicUrl } from '../shared/session.ts';
import { listenForStop } from '../shared/stop-signals.ts';
import { closable } from './_closable.ts';
import { type ListenAddress, listenOn } from './_listen.ts';
import { loadPrometheus, serveMetrics } from './_metrics-server.ts';
import { openStartDatabase } from './_start-database.ts';

const STOP_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 1_500;
/**
 * How long a client may take to send a request's head, and the whole request: a list of readers may come over a slow
 * line.
 */
const SERVER_TIMEOUTS = {
  headersTimeout: 15_000,
  requestTimeout: 330_000,
  connectionsCheckingInterval: 5_000,
};

/** Runs until it is asked to stop, then ends the process. A process loads only what its role needs. */
export async function start(options: Options): Promise<void> {
  requireValid(options);
  const stopping = abortAtStop();
  const settings = await readStartConfig();
  const role = (options.only ?? 'both') as ProcessRole;
  const isWeb = role !== 'worker';
  const roles = role === 'both' ? (['web', 'worker'] as const) : [role];
  const address = { host: settings.host, port: settings.port, reusePort: options.sharePort === true };
  const database = await openStartDatabase(
    settings,
    options.empty === true,
    roles,
    isWeb ? address : undefined,
  );
  const config = isWeb ? settings : withPublicUrl(settings, await readPublicUrl(database.url));
  const local = config.resendApiKey
    ? undefined
    : openLocalOutbox(config, database.url, openLog(config.logLevel));
  // The web server also serves the outbox if it can be reached on 127.0.0.1; otherwise the outbox needs its own port.
  const isServedHere = isWeb && ['127.0.0.1', '0.0.0.0'].includes(config.host);
  const outbox = local && !isServedHere ? await serveOutbox(local) : local;
  const resendUrl = outbox
    ? (outbox.url ?? `http://127.0.0.1:${config.port}/outbox/api`)
    : config.resendBaseUrl;
  const { context, prometheus } = await openRoleContext(config, database.url, resendUrl, role, stopping);
  const closings: (() => Promise<void>)[] = [];
  const closeServers = () => Promise.all(closings.map((close) => close()));
  stopping.addEventListener('abort', () => void closeServers());
  try {
    if (prometheus) {
      closings.push(closable(await serveMetrics(config, prometheus)));
    }
    if (isWeb) {
      closings.push(closable(await listen(context, outbox, address)));
      await announcePublicUrl(context.db, config.publicUrl);
    } else if (config.healthPort !== undefined) {
      const { createHealthApp } = await import('../../web/health/health-app.ts');
      const healthAddress = { host: config.host, port: config.healthPort };
      closings.push(closable(await serveOn(createHealthApp(context), healthAddress, 'HEALTH_PORT')));
    }
    context.installation =
      (await loadDemoIfWanted(context, options, database.url, outbox)) ?? context.installation;
    await announce(context, options, isWeb);
    await run(context, role, outbox);
  } finally {
    await closeServers();
    const closed = Promise.all([outbox?.close(), context.close()]).then(database.close);
    // A call whose batch was already released may keep its connection open until Resend responds.
    await Promise.race([closed, sleep(CLOSE_TIMEOUT_MS)]);
  }
  process.exit();
}

function requireValid({ only, sharePort }: Options): void {
  if (sharePort === true && only !== 'web') {
    throw new AppError(
      'invalid_input',
      '--share-port requires --only web; run workers as separate processes.',
    );
  }
}

/** The context of a process of this role; it has metrics and traces if the settings ask for them. */
async function openRoleContext(
  config: Config,
  databaseUrl: string,
  resendUrl: string | undefined,
  role: ProcessRole,
  stopping: AbortSignal,
) {
  const log = openLog(config.logLevel);
  const prometheus =
    config.metricsPort === undefined ? undefined : await loadPrometheus(() => readGauges(context));
  const context: Context = await openContext(config, databaseUrl, resendUrl, {
    log,
    stopping,
    isWorker: role !== 'web',
    ...(prometheus && { metrics: prometheus }),
    ...(config.tracesUrl !== undefined && { tracing: await openTracing(config.tracesUrl, role, log) }),
  });
  watchConnections(databaseUrl, log);
  return { context, prometheus };
}

/** The first signal starts a graceful stop; another one exits at once. */
function abortAtStop(): AbortSignal {
  const stopping = new AbortController();
  listenForStop(() => {
    stopping.abort();
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
  });
  return stopping.signal;
}

async function readStartConfig(): Promise<Config> {
  const config = readConfig(process.env);
  return config.port === 0
    ? readConfig({ ...process.env, PORT: String(await getPort({ host: '127.0.0.1' })) })
    : config;
}

async function listen(
  context: Context,
  outbox: LocalOutbox | undefined,
  address: ListenAddress,
): Promise<Server> {
  const { createApp } = await import('../../web/app.tsx');
  const app = createApp(context);
  if (outbox) {
    app.use('/outbox/*', loopbackOnly);
    app.route('/outbox/api', outbox.api);
    app.route('/outbox', outbox.pages);
  }
  return serveOn(app, address, 'PORT');
}

async function serveOn(app: Hono<AppEnv>, address: ListenAddress, setting: string): Promise<Server> {
  const server = createAdaptorServer({ fetch: app.fetch, serverOptions: SERVER_TIMEOUTS }) as Server;
  await listenOn(server, address, setting);
  return server;
}

/** Returns the installation as the demo has changed it; undefined if it was not loaded. */
async function loadDemoIfWanted(
  context: Context,
  options: Options,
  databaseUrl: string,
  outbox: LocalOutbox | undefined,
): Promise<Installation | undefined> {
  if (!outbox || options.only !== undefined) {
    return undefined;
  }
  if (options.empty === true) {
    await declineDemo(context);
  }
  if (!(await isDemoWanted(context))) {
    return undefined;
  }
  console.error(
    'Loading the demo (first start only): invented tools and readers, and two issues sent to the local outbox …',
  );
  const { loadDemo } = await import('../../local/demo/load-demo.ts');
  const openAt = (time: Date) =>
    serveOutbox(openLocalOutbox(context.config, databaseUrl, context.log, () => time));
  await loadDemo(context, { openAt, deliverWebhooks: outbox.deliverWebhooks });
  return loadInstallation(context.db);
}

/**
 * If standard output takes nothing, for example because the disk is full, that is logged and the process keeps running.
 */
async function announce({ config, log }: Context, options: Options, isWeb: boolean): Promise<void> {
  const url = isWeb ? config.publicUrl : null;
  const text = url
    ? `\n  Weekly Verdicts is running: ${url}\n  Ctrl-C stops it.\n`
    : 'The worker is running. Ctrl-C stops it.';
  const json = { url, pid: process.pid, only: options.only ?? null };
  await printOutcome(process, options, { json, text }).catch((error: unknown) =>
    log.error({ err: error }, 'could not print that the process has started'),
  );
}

async function run(context: Context, role: ProcessRole, outbox: LocalOutbox | undefined): Promise<void> {
  const deliveringWebhooks = outbox?.deliverWebhooks(context.stopping);
  if (context.isWorker && context.config.resendApiKey) {
    await detectRollback(context);
  }
  const stopTimetable = await startTimetable(context, role);
  if (role === 'web') {
    await (context.stopping.aborted ? undefined : once(context.stopping, 'abort'));
  } else {
    const { work } = await import('../../../jobs/run/work.ts');
    await work(context);
  }
  await stopTimetable();
  await deliveringWebhooks;
}
