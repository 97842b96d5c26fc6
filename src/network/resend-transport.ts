import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';

/** As the SDK's: data or an error, and the response's headers when there was a response. */
export interface TransportResponse {
  data: unknown;
  error: { name: string; message: string; statusCode: number | null } | null;
  headers: Record<string, string> | null;
}

export interface TransportRequest {
  path: string;
  headers: Record<string, string>;
  body_bytes: number;
  /** Pieces of the body; each is written before the next is asked for, so all may use the same memory. */
  body: Iterable<Uint8Array>;
  /** After so long the outcome is taken as lost. */
  timeout_ms: number;
}

/** Leave to write one body; `release` gives it to the next as soon as the body has left the process. */
export interface Permit {
  /** For the body's pieces: small enough to stay in the processor's cache on its way to the kernel. */
  buffer: Buffer;
  release: () => void;
}

/** Kept-alive connections to Resend's API for bodies of megabytes, which the SDK and fetch would copy several times. */
export interface ResendTransport {
  /** Waits while `MAX_CONCURRENT_BODIES` bodies are being written: more would only share the same uplink, and all be late together. */
  acquirePermit: (stopping: AbortSignal) => Promise<Permit>;
  /** Never throws; an answer without a status may have been processed. */
  post: (request: TransportRequest, permit: Permit) => Promise<TransportResponse>;
  close: () => void;
}

const MAX_CONCURRENT_BODIES = 2;
/** Below what servers allow (Node's: five seconds): a call on a connection that is just being closed has no answer. */
const IDLE_MS = 3_000;
const BUFFER_BYTES = 512 * 1024;
/** What the SDK (6.38.0) and the fetch below it send; a test compares. */
const SDK_HEADERS = {
  'User-Agent': 'resend-node:6.38.0',
  'Content-Type': 'application/json',
  accept: '*/*',
  'accept-language': '*',
  'sec-fetch-mode': 'cors',
};
const NO_RESPONSE = {
  name: 'application_error',
  message: 'The request could not be resolved.',
  statusCode: null,
};

export function openResendTransport(apiKey: string, baseUrl = 'https://api.resend.com'): ResendTransport {
  const { request, Agent } = baseUrl.startsWith('https:') ? https : http;
  // Without a timeout the agent does not even go by what the server announces.
  const agent = new Agent({ keepAlive: true, timeout: IDLE_MS });
  const shared = { Authorization: `Bearer ${apiKey}`, ...SDK_HEADERS };
  return {
    acquirePermit: openSemaphore(),
    post: async ({ path, headers, body_bytes, body, timeout_ms }, permit) => {
      const call = request(`${baseUrl}${path}`, {
        agent,
        method: 'POST',
        headers: { ...shared, ...headers, 'Content-Length': body_bytes },
      });
      let socket: Socket | undefined;
      call.once('socket', (taken) => (socket = taken));
      // Not AbortSignal.timeout: it would keep every call in memory until its time is over.
      const timer = setTimeout(() => call.destroy(new Error('no answer in time')), timeout_ms);
      // Ahead of the body: Node would join the two, and take longer.
      call.flushHeaders();
      const writing = writeBody(call, body, permit);
      const answer = await readResponse(call).catch((): TransportResponse => ({
        data: null,
        error: NO_RESPONSE,
        headers: null,
      }));
      if (answer.error) {
        // Whoever refuses a call before its end resets the connection under the rest of the body, and under the next.
        call.destroy();
        socket?.destroy();
      }
      // Until then the body's memory is in use.
      await writing.catch(() => undefined);
      clearTimeout(timer);
      return answer;
    },
    close: () => agent.destroy(),
  };
}

function openSemaphore(): ResendTransport['acquirePermit'] {
  const buffers = Array.from({ length: MAX_CONCURRENT_BODIES }, () => Buffer.allocUnsafeSlow(BUFFER_BYTES));
  const released = new EventEmitter().setMaxListeners(0);
  return async (stopping) => {
    while (buffers.length === 0) {
      await once(released, 'free', { signal: stopping });
    }
    const buffer = buffers.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    let isReleased = false;
    return {
      buffer,
      release: () => {
        // Whoever releases twice must not give away what has long been another's.
        if (!isReleased) {
          isReleased = true;
          buffers.push(buffer);
          released.emit('free');
        }
      },
    };
  };
}

async function readResponse(call: http.ClientRequest): Promise<TransportResponse> {
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    call.once('response', resolve).on('error', reject);
  });
  return parseResponse(response, await readText(response));
}

async function writeBody(
  call: http.ClientRequest,
  body: Iterable<Uint8Array>,
  permit: Permit,
): Promise<void> {
  for (const piece of body) {
    await new Promise<void>((resolve, reject) => {
      call.write(piece, (error) => (error ? reject(error) : resolve()));
    });
  }
  call.end();
  permit.release();
}

async function readText(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseResponse({ statusCode = 0, headers }: http.IncomingMessage, text: string): TransportResponse {
  const shown = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  const value = parse(text);
  if (statusCode >= 200 && statusCode < 300) {
    return value === undefined
      ? { data: null, error: NO_RESPONSE, headers: null }
      : { data: value, error: null, headers: shown };
  }
  const { name = 'application_error', message = '' } = (value ?? {}) as { name?: string; message?: string };
  return { data: null, error: { name, message, statusCode }, headers: shown };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
