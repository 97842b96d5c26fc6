import http from 'node:http';
import https from 'node:https';

/** As the SDK's: data or an error, and the response's headers when there was a response. */
export interface LineAnswer {
  data: unknown;
  error: { name: string; message: string; statusCode: number | null } | null;
  headers: Record<string, string> | null;
}

export interface LineRequest {
  path: string;
  headers: Record<string, string>;
  body: Uint8Array;
  signal: AbortSignal;
}

/** Room for one request's body; `release` gives it to the next as soon as the body has left the process. */
export interface Turn {
  /** At least so many bytes, with what an earlier body left in them. */
  bufferOf: (bytes: number) => Buffer;
  release: () => void;
}

/** Kept-alive connections to Resend's API for bodies of megabytes, which the SDK and fetch would copy several times. */
export interface ResendLine {
  /** Waits until fewer than `AT_ONCE` bodies are being written: more at a time only share the same uplink. */
  takeTurn: (stopping: AbortSignal) => Promise<Turn>;
  /** Never throws; an answer without a status may have been processed. */
  post: (request: LineRequest, turn: Turn) => Promise<LineAnswer>;
  close: () => void;
}

const AT_ONCE = 2;
const ALLOCATION_BYTES = 1024 * 1024;
/** What the SDK (6.38.0) and the fetch below it send; a test compares. */
const SDK_HEADERS = {
  'User-Agent': 'resend-node:6.38.0',
  'Content-Type': 'application/json',
  accept: '*/*',
  'accept-language': '*',
  'sec-fetch-mode': 'cors',
};
const LOST = {
  name: 'application_error',
  message: 'The request could not be resolved.',
  statusCode: null,
};

export function openResendLine(apiKey: string, baseUrl = 'https://api.resend.com'): ResendLine {
  const { request, Agent } = baseUrl.startsWith('https:') ? https : http;
  const agent = new Agent({ keepAlive: true });
  const options = { agent, method: 'POST', headers: { Authorization: `Bearer ${apiKey}`, ...SDK_HEADERS } };
  return {
    takeTurn: openTurns(),
    post: async ({ path, headers, body, signal }, turn) => {
      try {
        const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
          const call = request(`${baseUrl}${path}`, {
            ...options,
            headers: { ...options.headers, ...headers, 'Content-Length': body.byteLength },
            signal,
          });
          call.on('response', resolve).on('error', reject).on('finish', turn.release).end(body);
        });
        return readAnswer(response, await readText(response));
      } catch {
        return { data: null, error: LOST, headers: null };
      }
    },
    close: () => agent.destroy(),
  };
}

/** Bodies are big and alike: their buffers are used again instead of being left to the garbage collector. */
function openTurns(): ResendLine['takeTurn'] {
  const buffers: Buffer[] = Array.from({ length: AT_ONCE }, () => Buffer.alloc(0));
  const waiting: (() => void)[] = [];
  return async (stopping) => {
    while (buffers.length === 0) {
      await new Promise<void>((resolve) => waiting.push(resolve));
      stopping.throwIfAborted();
    }
    let buffer = buffers.pop();
    return {
      bufferOf: (bytes) => {
        if (!buffer || buffer.length < bytes) {
          buffer = Buffer.allocUnsafeSlow(Math.ceil(bytes / ALLOCATION_BYTES) * ALLOCATION_BYTES);
        }
        return buffer;
      },
      release: () => {
        if (buffer) {
          buffers.push(buffer);
          buffer = undefined;
          waiting.shift()?.();
        }
      },
    };
  };
}

async function readText(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readAnswer({ statusCode = 0, headers }: http.IncomingMessage, text: string): LineAnswer {
  const shown = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  const value = parse(text);
  if (statusCode >= 200 && statusCode < 300) {
    return value === undefined
      ? { data: null, error: LOST, headers: null }
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
