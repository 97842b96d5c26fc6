import { once } from 'node:events';
import net from 'node:net';
import { readConfig } from '../../src/config/config.ts';
import { deriveLinkKeys, signPage, signVote } from '../../src/links/tokens.ts';

/**
 * Requests of many readers to one server, from a process of its own: `node vote-load.ts '{"method":"POST",…}'` says
 * that it is ready, waits for a message, sends the requests, and prints a LoadMeasure.
 */
export interface LoadOrder {
  url: string;
  method: 'GET' | 'POST';
  /** The id of the first reader; each request is by the next one. */
  first: number;
  requests: number;
  connections: number;
  /** Requests per second, independent of response times; if undefined, as fast as responses arrive. */
  rate?: number;
}

export interface LoadMeasure {
  seconds: number;
  p50_ms: number;
  p99_ms: number;
  statuses: Record<string, number>;
}

const ISSUE = 1;
const TOOL = 'harborlight';
const order = JSON.parse(process.argv[2] ?? '{}') as LoadOrder;
const keys = deriveLinkKeys(readConfig({ LOG_LEVEL: 'silent' }).linkSecrets);
const { hostname, port } = new URL(order.url);
const requests = Array.from({ length: order.requests }, (_, index) => requestOf(order.first + index));
const times: number[] = [];
const statuses: Record<string, number> = {};

// Requests and connections are made in advance, so that they take no CPU time from the server while it is measured.
const sockets = await Promise.all(Array.from({ length: order.connections }, connect));
process.stdout.write('"ready"\n');
await once(process, 'message');
const started = performance.now();
let next = 0;
await Promise.all(sockets.map(drive));
const seconds = (performance.now() - started) / 1_000;
const sorted = times.toSorted((a, b) => a - b);
const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
const measure: LoadMeasure = { seconds, p50_ms: at(0.5), p99_ms: at(0.99), statuses };
process.stdout.write(`${JSON.stringify(measure)}\n`, () => process.exit());

function requestOf(reader: number): Buffer {
  const ballot = { issue_id: ISSUE, subscriber_id: reader };
  const link = `${TOOL}/${reader % 10 < 7 ? 'ship' : 'skip'}`;
  const path = `/v/${signVote(keys, ballot)}/${link}`;
  const head = `${order.method} ${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\norigin: http://${hostname}:${port}\r\nx-forwarded-for: 203.0.${(reader >> 8) % 250}.${reader % 250}\r\n`;
  if (order.method === 'GET') {
    return Buffer.from(`${head}\r\n`);
  }
  const page = signPage(keys, ballot, new Date(Date.now() - 5_000), link);
  const body = new URLSearchParams({ page, way: 'button', hand: 'pointerdown@900' }).toString();
  return Buffer.from(
    `${head}content-type: application/x-www-form-urlencoded\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
}

async function connect(): Promise<net.Socket> {
  const socket = net.connect(Number(port), hostname).setNoDelay();
  await once(socket, 'connect');
  return socket;
}

/** Sends requests over one kept-alive connection, each after the answer to the previous one. */
async function drive(socket: net.Socket): Promise<void> {
  for (let index = next++; index < requests.length; index = next++) {
    // Latency counts from when the request was due, not from when a connection was free for it.
    const due = order.rate === undefined ? performance.now() : started + (index / order.rate) * 1_000;
    const early = due - performance.now();
    if (early > 1) {
      await new Promise((resolve) => setTimeout(resolve, early));
    }
    const status = await ask(socket, requests[index]!);
    times.push(performance.now() - due);
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  socket.destroy();
}

function ask(socket: net.Socket, request: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const onData = (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (isWhole(text)) {
        socket.off('data', onData).off('close', onClose);
        resolve(text.slice(9, 12));
      }
    };
    const onClose = () => reject(new Error(`the server closed the connection after "${text.slice(0, 200)}"`));
    socket.on('data', onData).once('close', onClose);
    socket.write(request);
  });
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) {
    return false;
  }
  const head = text.slice(0, end).toLowerCase();
  const length = /content-length: (\d+)/.exec(head)?.[1];
  return length === undefined
    ? !head.includes('chunked') || text.endsWith('0\r\n\r\n')
    : text.length >= end + 4 + Number(length);
}
