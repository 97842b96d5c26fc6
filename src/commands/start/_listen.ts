import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { AppError } from '../../errors.ts';

export interface ListenAddress {
  host: string;
  port: number;
  /** The kernel distributes connections among all processes listening on the port (SO_REUSEPORT). */
  reusePort?: boolean;
}

/** `setting`: which setting has the port. Throws AppError if nothing can listen there. */
export async function listenOn(server: Server, address: ListenAddress, setting: string): Promise<void> {
  const { host, port } = address;
  server.listen(address);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw new AppError(
      'unavailable',
      ['ENOTFOUND', 'EADDRNOTAVAIL', 'EAI_AGAIN'].includes(error.code ?? '')
        ? `Cannot listen on ${host} (${error.code}); set HOST to an address of this machine, without brackets.`
        : `Cannot listen on ${host}:${port} (${error.code}); set ${setting} to a free one.`,
    );
  });
}

/** Throws what `listenOn` would, for a process that must not change anything if it cannot listen. */
export async function requireFreePort(address: ListenAddress): Promise<void> {
  const server = createServer();
  await listenOn(server, address, 'PORT');
  server.close();
  await once(server, 'close');
}
