import type pg from 'pg';
import type { Resend } from 'resend';
import type { Config } from './config/config.ts';
import { type Db, openDatabase, openIndexScanPool, openPool } from './database/connect.ts';
import { type Installation, loadInstallation } from './installation/installation.ts';
import { deriveLinkKeys, type LinkKeys } from './links/tokens.ts';
import { type Log, openLog } from './log.ts';
import { type Metrics, NO_METRICS } from './metrics/metrics.ts';
import { type Boss, openQueue, openQueueOnUse } from './queue/queue.ts';
import { openResendTransport, type ResendTransport } from './network/resend-transport.ts';
import { resolveMx } from './network/resolve-mx.ts';
import { NO_TRACING, type Tracing } from './tracing/tracing.ts';

/** The dependencies of the application, opened once per process; tests override parts. */
export interface Context {
  readonly config: Config;
  readonly db: Db;
  readonly pool: pg.Pool;
  /** The same database for votes, batches and due jobs: a separate small pool for `preparedStatement`, whose plans use indexes only. */
  readonly preparedDb: Db;
  readonly boss: Boss;
  /** All connection pools of the process, by what they are for. */
  readonly pools: () => Readonly<Record<'main' | 'votes' | 'queue', pg.Pool | undefined>>;
  /** The SDK, loaded on first use. */
  readonly resend: () => Promise<Resend>;
  /** Submits batches to the same API. */
  readonly transport: ResendTransport;
  /** The same for every lane but the first, by its number. */
  readonly furtherLanes: ReadonlyMap<number, ResendAccess>;
  readonly linkKeys: LinkKeys;
  /** Sign the links of previews and test mails, which change nothing. */
  readonly previewKeys: LinkKeys;
  /** Replaced once, after the demo was loaded. */
  installation: Installation;
  readonly log: Log;
  /** What this process counts for its operator. */
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  /** The MX hosts of a domain, most preferred first. */
  readonly resolveMx: (domain: string) => Promise<string[] | undefined>;
  readonly now: () => Date;
  /** Whether this process is a worker; if so, a blocker makes it unready. */
  readonly isWorker: boolean;
  /** Aborted when the process is asked to stop. */
  readonly stopping: AbortSignal;
  /** Called where a crash would be most harmful; does nothing except in tests that crash there. */
  readonly failpoint: (point: Failpoint) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The API of one Resend team. */
export type ResendAccess = Pick<Context, 'resend' | 'transport'>;

export type Failpoint =
  | 'recipients frozen'
  | 'batches enqueued'
  | 'claimed'
  | 'response received'
  | 'recorded'
  | 'pausing'
  | 'resuming'
  | 'cancelling'
  | 'event stored';

function defaultParts() {
  return {
    metrics: NO_METRICS,
    tracing: NO_TRACING,
    resolveMx,
    now: () => new Date(),
    isWorker: true,
    stopping: new AbortController().signal,
    failpoint: () => Promise.resolve(),
  };
}

/** `databaseUrl` must point to a migrated database, `resendBaseUrl` to Resend or the local outbox. */
export async function openContext(
  config: Config,
  databaseUrl: string,
  resendBaseUrl: string | undefined,
  overrides: Partial<
    Pick<Context, 'now' | 'log' | 'stopping' | 'failpoint' | 'resolveMx' | 'isWorker' | 'metrics' | 'tracing'>
  > & {
    /** Opens the queue when something is first enqueued. */
    opensQueueOnUse?: boolean;
  } = {},
): Promise<Context> {
  const log = overrides.log ?? openLog(config.logLevel);
  const { opensQueueOnUse, ...parts } = overrides;
  const pool = openPool(databaseUrl, config.connections.main);
  const db = openDatabase(pool);
  const votes = openIndexScanPool(databaseUrl, config.connections.votes);
  const preparedDb = openDatabase(votes);
  const teams = openTeams(config, resendBaseUrl);
  try {
    const installation = await loadInstallation(db);
    const openQueueNow = opensQueueOnUse ? openQueueOnUse : openQueue;
    const queue = await openQueueNow(databaseUrl, log, config.connections.queue);
    return {
      config,
      db,
      pool,
      preparedDb,
      boss: queue.boss,
      pools: () => ({ main: pool, votes, queue: queue.pool() }),
      ...teams.access,
      linkKeys: deriveLinkKeys(config.linkSecrets),
      previewKeys: deriveLinkKeys(config.linkSecrets, 'preview'),
      installation,
      ...defaultParts(),
      ...parts,
      log,
      close: async () => {
        teams.close();
        await queue.close();
        await overrides.tracing?.close();
        await Promise.all([preparedDb.destroy(), db.destroy()]);
      },
    };
  } catch (error) {
    await Promise.all([preparedDb.destroy(), db.destroy()]);
    throw error;
  }
}

/** The API of every lane's team. */
function openTeams(config: Config, baseUrl: string | undefined) {
  const first = openResend(config.resendApiKey, baseUrl);
  const furtherLanes = new Map(
    config.furtherLanes.map(({ number, apiKey }) => [number, openResend(apiKey, baseUrl)]),
  );
  return {
    access: { ...first, furtherLanes },
    close: () => {
      for (const { transport } of [first, ...furtherLanes.values()]) {
        transport.close();
      }
    },
  };
}

/** The SDK, and the transport for batches: both use the same API with the same key. */
export function openResend(apiKey = 're_local', baseUrl: string | undefined): ResendAccess {
  let resend: Promise<Resend> | undefined;
  return {
    resend: () =>
      (resend ??= import('resend').then(({ Resend }) => new Resend(apiKey, baseUrl ? { baseUrl } : {}))),
    transport: openResendTransport(apiKey, baseUrl),
  };
}
