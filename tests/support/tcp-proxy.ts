import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';

interface Link {
  near: Socket;
  far: Socket;
  /** As PostgreSQL said last. */
  isInTransaction: boolean;
}

export interface TcpProxy {
  port: number;
  /**
   * Nothing passes any more, in either direction, and nobody is told: as when a network is lost. It happens as soon as
   * no connection is in the middle of a transaction.
   */
  cutBetweenTransactions: () => Promise<void>;
  /** The same at once, whatever a connection is in the middle of. */
  cut: () => void;
  /** The next time that a client says something like this it is still passed on, and then nothing is any more. */
  cutAfter: (said: RegExp) => void;
  isCut: () => boolean;
  /** What was held back passes. */
  mend: () => void;
  /** Every connection is closed, and further ones are refused; nothing where that is so already. */
  close: () => Promise<void>;
  /** After `close`, on the port of before. */
  reopen: (targetPort: number) => Promise<void>;
}

/** Stands between processes and PostgreSQL on this machine. */
export async function openTcpProxy(targetPort: number): Promise<TcpProxy> {
  const links = new Set<Link>();
  const state = { targetPort, isCut: false, cutAfter: undefined as RegExp | undefined };
  const sockets = () => [...links].flatMap(({ near, far }) => [near, far]);
  const cut = () => {
    state.isCut = true;
    sockets().forEach((socket) => socket.pause());
  };
  const server = net.createServer({ pauseOnConnect: true }, (near) => {
    const far = net.connect(state.targetPort, '127.0.0.1').pause();
    const link: Link = { near, far, isInTransaction: false };
    links.add(link);
    near.on('data', (chunk: Buffer) => {
      far.write(chunk);
      if (state.cutAfter?.test(chunk.toString('latin1'))) {
        state.cutAfter = undefined;
        cut();
      }
    });
    far.on('data', (chunk: Buffer) => {
      link.isInTransaction = wasInTransaction(chunk) ?? link.isInTransaction;
      near.write(chunk);
    });
    for (const socket of [near, far]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        links.delete(link);
        near.destroy();
        far.destroy();
      });
    }
    if (!state.isCut) {
      near.resume();
      far.resume();
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    if (!server.listening) {
      return;
    }
    const closed = once(server, 'close');
    server.close();
    sockets().forEach((socket) => socket.destroy());
    await closed;
  };
  return {
    port,
    cutBetweenTransactions: async () => {
      while ([...links].some((link) => link.isInTransaction)) {
        await setImmediate();
      }
      cut();
    },
    cut,
    cutAfter: (said) => (state.cutAfter = said),
    isCut: () => state.isCut,
    mend: () => {
      state.isCut = false;
      sockets().forEach((socket) => socket.resume());
    },
    close,
    reopen: async (newTargetPort) => {
      state.targetPort = newTargetPort;
      await once(server.listen(port, '127.0.0.1'), 'listening');
    },
  };
}

const READY_FOR_QUERY = 'Z'.charCodeAt(0);
const IDLE = 'I'.charCodeAt(0);

/** Undefined where an answer goes on: its last message is ReadyForQuery, of six bytes. */
function wasInTransaction(chunk: Buffer): boolean | undefined {
  return chunk.at(-6) === READY_FOR_QUERY ? chunk.at(-1) !== IDLE : undefined;
}
