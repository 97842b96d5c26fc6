import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';

interface Connection {
  client: Socket;
  server: Socket;
  /** As PostgreSQL last reported it. */
  isInTransaction: boolean;
}

export interface TcpProxy {
  port: number;
  /**
   * Stops forwarding in both directions without closing any connection, as when a network is lost. Waits until no
   * connection is inside a transaction.
   */
  cutBetweenTransactions: () => Promise<void>;
  /** The same immediately, even inside a transaction. */
  cut: () => void;
  /** Forwards the next client message that matches, and then cuts. */
  cutAfter: (pattern: RegExp) => void;
  isCut: () => boolean;
  /** Forwards what was held back, and everything after it. */
  heal: () => void;
  /** Closes every connection and refuses new ones; safe to call twice. */
  close: () => Promise<void>;
  /** After `close`, on the same port as before. */
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
  };
  const listener = net.createServer({ pauseOnConnect: true }, (client) => {
    const server = net.connect(state.targetPort, '127.0.0.1').pause();
    const connection: Connection = { client, server, isInTransaction: false };
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
      socket.on('close', () => {
        connections.delete(connection);
        client.destroy();
        server.destroy();
      });
    }
    if (!state.isCut) {
      client.resume();
      server.resume();
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
    cut,
    cutAfter: (pattern) => (state.cutAfter = pattern),
    isCut: () => state.isCut,
    heal: () => {
      state.isCut = false;
      sockets().forEach((socket) => socket.resume());
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
