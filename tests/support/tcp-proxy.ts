import { once } from 'node:events';
import net, { type AddressInfo, Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';

interface Connection {
  client: Socket;
  server: Socket;
  /** As PostgreSQL last reported it; undefined until it has let the client in. */
  isInTransaction: boolean | undefined;
  isLost: boolean;
}

export interface TcpProxy {
  port: number;
  /**
   * Stops forwarding in both directions without closing any connection, as when the network fails. Waits until no
   * connection is inside a transaction.
   */
  cutBetweenTransactions: () => Promise<void>;
  /** Existing connections lose their server without being notified; new ones are forwarded. */
  lose: () => void;
  /** Stops forwarding like `cutBetweenTransactions`, but immediately, even inside a transaction. */
  cut: () => void;
  /** Forwards the next client message that matches, and then cuts. */
  cutAfter: (pattern: RegExp) => void;
  isCut: () => boolean;
  /** Forwards what was held back, and everything after it. */
  heal: () => void;
  /** Closes every connection and refuses new ones; safe to call twice. */
  close: () => Promise<void>;
  /** Listens again after `close`, on the same port as before. */
  reopen: (targetPort: number) => Promise<void>;
}

/** Opens a proxy between processes and PostgreSQL on this machine. */
export async function openTcpProxy(targetPort: number): Promise<TcpProxy> {
  const connections = new Set<Connection>();
  const state = { targetPort, isCut: false, cutAfter: undefined as RegExp | undefined };
  const sockets = () => [...connections].flatMap(({ client, server }) => [client, server]);
  const cut = () => {
    state.isCut = true;
    sockets().forEach((socket) => socket.pause());
    // A session that PostgreSQL has not let in yet would make every `drop database` on the server wait for it.
    [...connections]
      .filter(({ isInTransaction }) => isInTransaction === undefined)
      .forEach(({ server }) => server.destroy());
  };
  const forward = ({ client, server }: Connection) => {
    if (server.destroyed) {
      client.destroy();
    } else if (server.pending && !server.connecting) {
      server.connect(state.targetPort, '127.0.0.1');
    }
    client.resume();
    server.resume();
  };
  const listener = net.createServer({ pauseOnConnect: true }, (client) => {
    const server = new Socket().pause();
    const connection: Connection = { client, server, isInTransaction: undefined, isLost: false };
    connections.add(connection);
    client.on('data', (chunk: Buffer) => {
      server.write(chunk);
      if (state.cutAfter?.test(chunk.toString('latin1'))) {
        state.cutAfter = undefined;
        cut();
      }
    });
    server.on('data', (chunk: Buffer) => {
      connection.isInTransaction = wasInTransaction(chunk) ?? connection.isInTransaction;
      client.write(chunk);
    });
    for (const socket of [client, server]) {
      socket.on('error', () => undefined);
    }
    client.on('close', () => {
      connections.delete(connection);
      server.destroy();
    });
    // If the network fails, the client is not notified that its server is gone.
    server.on('close', () => state.isCut || connection.isLost || client.destroy());
    if (!state.isCut) {
      forward(connection);
    }
  });
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  const { port } = listener.address() as AddressInfo;
  const close = async () => {
    if (!listener.listening) {
      return;
    }
    const closed = once(listener, 'close');
    listener.close();
    sockets().forEach((socket) => socket.destroy());
    await closed;
  };
  return {
    port,
    cutBetweenTransactions: async () => {
      while ([...connections].some((connection) => connection.isInTransaction)) {
        await setImmediate();
      }
      cut();
    },
    lose: () => {
      for (const connection of connections) {
        connection.isLost = true;
        connection.client.pause();
        connection.server.destroy();
      }
    },
    cut,
    cutAfter: (pattern) => (state.cutAfter = pattern),
    isCut: () => state.isCut,
    heal: () => {
      state.isCut = false;
      connections.forEach(forward);
    },
    close,
    reopen: async (newTargetPort) => {
      state.targetPort = newTargetPort;
      await once(listener.listen(port, '127.0.0.1'), 'listening');
    },
  };
}

const READY_FOR_QUERY = 'Z'.charCodeAt(0);
const IDLE = 'I'.charCodeAt(0);

/** Undefined in the middle of a response: its last message is ReadyForQuery, of six bytes. */
function wasInTransaction(chunk: Buffer): boolean | undefined {
  return chunk.at(-6) === READY_FOR_QUERY ? chunk.at(-1) !== IDLE : undefined;
}
