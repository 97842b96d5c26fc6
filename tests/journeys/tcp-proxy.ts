import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

interface Link {
  near: Socket;
  far: Socket;
  /** What PostgreSQL said last: the connection is inside a transaction. */
  isInTransaction: boolean;
}

export interface TcpProxy {
  port: number;
  /** From the moment that a client says something of this kind nothing passes any more. */
  cutAfter: (said: RegExp) => void;
  isInTransaction: () => boolean;
  /** Nothing passes any more, in either direction, and nobody is told: as when a network is lost. */
  cut: () => void;
  isCut: () => boolean;
  /** What was held back passes. */
  mend: () => void;
  /** The connections there are break; new ones pass. */
  reset: () => void;
}

/** Stands between a process and PostgreSQL on this machine; closed when the test ends. */
export async function openTcpProxy(targetPort: number): Promise<TcpProxy> {
  const links = new Set<Link>();
  const state: { isCut: boolean; cutAfter: RegExp | undefined } = { isCut: false, cutAfter: undefined };
  const sockets = () => [...links].flatMap(({ near, far }) => [near, far]);
  const cut = () => {
    state.isCut = true;
    sockets().forEach((socket) => socket.pause());
  };
  const server = net.createServer({ pauseOnConnect: true }, (near) => {
    const far = net.connect(targetPort, '127.0.0.1').pause();
    const link: Link = { near, far, isInTransaction: false };
    links.add(link);
    near.on('data', (chunk) => {
      far.write(chunk);
      if (state.cutAfter?.test(chunk.toString('latin1'))) {
        state.cutAfter = undefined;
        cut();
      }
    });
    far.on('data', (chunk) => {
      link.isInTransaction = wasInTransaction(chunk) ?? link.isInTransaction;
      near.write(chunk);
    });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on('error', () => undefined).on('close', () => {
        links.delete(link);
        other.destroy();
      });
      if (!state.isCut) {
        socket.resume();
      }
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.close();
    sockets().forEach((socket) => socket.destroy());
  });
  return {
    port: (server.address() as AddressInfo).port,
    cutAfter: (said) => (state.cutAfter = said),
    isInTransaction: () => [...links].some((link) => link.isInTransaction),
    cut,
    isCut: () => state.isCut,
    mend: () => {
      state.isCut = false;
      sockets().forEach((socket) => socket.resume());
    },
    reset: () => {
      state.isCut = false;
      [...links].forEach(({ near, far }) => {
        far.destroy();
        near.resetAndDestroy();
      });
    },
  };
}

const READY_FOR_QUERY = 'Z'.charCodeAt(0);
const IDLE = 'I'.charCodeAt(0);

/** Undefined while an answer is not complete: its last message is ReadyForQuery, of six bytes. */
function wasInTransaction(chunk: Buffer): boolean | undefined {
  return chunk.at(-6) === READY_FOR_QUERY ? chunk.at(-1) !== IDLE : undefined;
}
