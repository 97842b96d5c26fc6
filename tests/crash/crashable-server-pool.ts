import { openLog } from '../../src/log.ts';
import { updateDatabase } from '../../src/migration/update-database.ts';
import { type MortalPostgres, openMortalPostgres } from '../support/crashable-postgres.ts';
import { makeTemplate } from './template.ts';

/** A server that one combination at a time may kill, with a template of its own. */
export interface MortalServer {
  server: string;
  template: string;
  /** Killed in the middle of everything, and started again at once. */
  crash: () => Promise<void>;
}

export interface MortalServers {
  use: <Result>(act: (server: MortalServer) => Promise<Result>) => Promise<Result>;
  close: () => Promise<void>;
}

/** As many as are in use at once, each made when it is needed first. */
export function openMortalServers(): MortalServers {
  const all: MortalPostgres[] = [];
  const free: MortalServer[] = [];
  return {
    use: async (act) => {
      const server = free.pop() ?? (await startServer(all));
      return act(server).finally(() => free.push(server));
    },
    close: async () => void (await Promise.all(all.map((server) => server.close()))),
  };
}

async function startServer(all: MortalPostgres[]): Promise<MortalServer> {
  const postgres = await openMortalPostgres();
  all.push(postgres);
  await updateDatabase(postgres.url, openLog('silent'));
  const server = postgres.url.replace(/\/verdicts$/, '');
  return {
    server,
    template: await makeTemplate(server, 'verdicts'),
    crash: async () => {
      await postgres.crash();
      await postgres.startAgain();
    },
  };
}
