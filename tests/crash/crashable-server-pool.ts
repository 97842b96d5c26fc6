import { openLog } from '../../src/log.ts';
import { updateDatabase } from '../../src/migration/update-database.ts';
import { type CrashablePostgres, openCrashablePostgres } from '../support/crashable-postgres.ts';
import { makeTemplate } from './template.ts';

/** A server that one combination at a time may kill, with its own template. */
export interface CrashableServer {
  server: string;
  template: string;
  /** Kills the server, whatever it is doing, and restarts it. */
  crash: () => Promise<void>;
}

export interface CrashableServerPool {
  use: <Result>(act: (server: CrashableServer) => Promise<Result>) => Promise<Result>;
  close: () => Promise<void>;
}

/** Grows to as many servers as are in use at once; each is started when first needed. */
export function openCrashableServerPool(): CrashableServerPool {
  const all: CrashablePostgres[] = [];
  const free: CrashableServer[] = [];
  return {
    use: async (act) => {
      const server = free.pop() ?? (await startServer(all));
      return act(server).finally(() => free.push(server));
    },
    close: async () => void (await Promise.all(all.map((server) => server.close()))),
  };
}

async function startServer(all: CrashablePostgres[]): Promise<CrashableServer> {
  const postgres = await openCrashablePostgres();
  all.push(postgres);
  await updateDatabase(postgres.url, openLog('silent'));
  const server = postgres.url.replace(/\/verdicts$/, '');
  return {
    server,
    template: await makeTemplate(server, 'verdicts'),
    crash: async () => {
      await postgres.crash();
      await postgres.restart();
    },
  };
}
