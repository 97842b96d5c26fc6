import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';

/** Same shape as the SDK's: data or an error, plus the headers if there was a response. */
export interface TransportResponse {
  data: unknown;
  error: { name: string; message: string; statusCode: number | null } | null;
  headers: Record<string, string> | null;
}

export interface TransportRequest {
  path: string;
  headers: Record<string, string>;
  body_bytes: number;
  /** Chunks of the body. Each is written before the next is requested, so all may share one buffer. */
  body: Iterable<Uint8Array>;
  /** The call is aborted after this time; its outcome is then unknown. */
  timeout_ms: number;
}

/** Permission to write one body; `release` passes it on once the body has left the process. Safe to call twice. */
export interface Permit {
  /**
   * For the body's chunks; small enough to stay in the CPU cache on its way to the kernel. Only the holder of the permit
   * writes to it, and its content stays from one permit to the next.
   */
  buffer: Buffer;
  release: () => void;
}

/** Keep-alive connections to Resend's API for bodies of megabytes, which the SDK and fetch would copy several times. */
export interface ResendTransport {
  /** Waits while `MAX_CONCURRENT_BODIES` bodies are being written: more would share the same uplink and all finish later. */
  acquirePermit: (stopping: AbortSignal) => Promise<Permit>;
  /**
   * Releases the permit once the body is written. A call that ends without a status code may have been processed. Throws only what building the body throws: a call whose body is
   * not complete is not processed.
   */
  post: (request: TransportRequest, permit: Permit) => Promise<TransportResponse>;
  close: () => void;
}

const MAX_CONCURRENT_BODIES = 2;
/** Shorter than servers' keep-alive (Node's: five seconds): a call on a connection being closed gets no response. */
const IDLE_MS = 3_000;
const BUFFER_BYTES = 512 * 1024;
/** The ids of a hundred mails, or what is wrong with each, take a hundredth of this. */
const MAX_RESPONSE_BYTES = 1024 * 1024;
/** The headers that the SDK (6.38.0) and the fetch below it send; a test compares them. */
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
  // Without a timeout the agent also ignores the keep-alive timeout that the server announces.
  const agent = new Agent({ keepAlive: true, timeout: IDLE_MS });
  const commonHeaders = { Authorization: `Bearer ${apiKey}`, ...SDK_HEADERS };
  return {
    acquirePermit: openSemaphore(),
    post: async ({ path, headers, body_bytes, body, timeout_ms }, permit) => {
      const call = request(`${baseUrl}${path}`, {
        agent,
        method: 'POST',
        headers: { ...commonHeaders, ...headers, 'Content-Length': body_bytes },
      });
      let socket: Socket | undefined;
      call.once('socket', (assigned) => (socket = assigned));
      // Not AbortSignal.timeout: it would keep every call in memory until the timeout expires.
      const timer = setTimeout(() => call.destroy(new Error('no response in time')), timeout_ms);
      // Sent before the body: Node would otherwise concatenate the two, which is slower.
      call.flushHeaders();
      // Caught at once: the response of a call whose body fails never comes.
      const writing = writeBody(call, body)
        .then(permit.release)
        .catch((error: unknown) => {
          call.destroy();
          return error;
        });
      const response = await readResponse(call).catch((): TransportResponse => ({
        data: null,
        error: NO_RESPONSE,
        headers: null,
      }));
      if (response.error) {
        // A server that rejects a call before its end resets the connection, which breaks the next call on it too.
        call.destroy();
        socket?.destroy();
      }
      // The body's buffer is in use until the write ends.
      const failure = await writing;
      clearTimeout(timer);
      if (failure instanceof BodyFailure) {
        throw failure.cause;
      }
      return response;
    },
    close: () => agent.destroy(),
  };
}

function openSemaphore(): ResendTransport['acquirePermit'] {
  const buffers = Array.from({ length: MAX_CONCURRENT_BODIES }, () => Buffer.allocUnsafeSlow(BUFFER_BYTES));
  const releases = new EventEmitter().setMaxListeners(0);
  return async (stopping) => {
    while (buffers.length === 0) {
      await once(releases, 'release', { signal: stopping });
    }
    const buffer = buffers.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    let isReleased = false;
    return {
      buffer,
      release: () => {
        // A second release must not free a buffer that another caller has acquired since.
        if (!isReleased) {
          isReleased = true;
          buffers.push(buffer);
          releases.emit('release');
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

async function writeBody(call: http.ClientRequest, body: Iterable<Uint8Array>): Promise<void> {
  for (const chunk of markingFailures(body)) {
    await new Promise<void>((resolve, reject) => {
      call.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
  }
  call.end();
}

/** Building a body failed, as opposed to writing it. */
class BodyFailure extends Error {}

function* markingFailures(body: Iterable<Uint8Array>): Generator<Uint8Array> {
  try {
    yield* body;
  } catch (cause) {
    throw new BodyFailure('building the body failed', { cause });
  }
}

/** Throws if there are more than `MAX_RESPONSE_BYTES`: then it is not a response of Resend's. */
async function readText(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_RESPONSE_BYTES) {
      throw new Error('the response is too large');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseResponse({ statusCode = 0, headers }: http.IncomingMessage, text: string): TransportResponse {
  const headerTexts = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, String(value)]),
  );
  const value = parseJson(text);
  if (statusCode >= 200 && statusCode < 300) {
    return value === undefined
      ? { data: null, error: NO_RESPONSE, headers: null }
      : { data: value, error: null, headers: headerTexts };
  }
  const { name = 'application_error', message = '' } = (value ?? {}) as { name?: string; message?: string };
  return { data: null, error: { name, message, statusCode }, headers: headerTexts };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
