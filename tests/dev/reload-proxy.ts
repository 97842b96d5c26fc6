import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const SCRIPT_PATH = '/_dev/reload.js';
const EVENTS_PATH = '/_dev/events';
const SCRIPT = `new EventSource('${EVENTS_PATH}').addEventListener('reload', () => location.reload());`;
const POLL_MS = 200;
/** A request that arrives during a restart waits this long for the service. */
const RESTART_TIMEOUT_MS = 30_000;

export interface ReloadProxy {
  isServiceUp: () => boolean;
  close: () => void;
}

/** Serves on `port` what a service serves on `servicePort`, and reloads open pages after the service has restarted. */
export async function openReloadProxy(port: number, servicePort: number): Promise<ReloadProxy> {
  const pages = new Set<ServerResponse>();
  const server = http.createServer((request, response) => {
    if (request.url === SCRIPT_PATH) {
      response.setHeader('Content-Type', 'text/javascript').end(SCRIPT);
    } else if (request.url === EVENTS_PATH) {
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
      response.flushHeaders();
      pages.add(response.once('close', () => pages.delete(response)));
    } else {
      void forward(request, response, servicePort);
    }
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  let isUp = false;
  let hasBeenUp = false;
  const watching = setInterval(async () => {
    const wasUp = isUp;
    isUp = await isListening(servicePort);
    if (isUp && !wasUp && hasBeenUp) {
      pages.forEach((page) => page.write('event: reload\ndata:\n\n'));
    }
    hasBeenUp ||= isUp;
  }, POLL_MS);
  return {
    isServiceUp: () => isUp,
    close: () => {
      clearInterval(watching);
      server.close();
      server.closeAllConnections();
    },
  };
}

async function isListening(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/healthz`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  servicePort: number,
): Promise<void> {
  const body = Buffer.concat(await request.toArray());
  const answer = await callService(request, body, servicePort);
  if (!answer) {
    response
      .writeHead(503, { 'Content-Type': 'text/plain' })
      .end('The service has not come up; see the terminal.\n');
    return;
  }
  const headers = { ...answer.headers };
  if (!headers['content-type']?.startsWith('text/html')) {
    response.writeHead(answer.statusCode ?? 502, headers);
    answer.pipe(response);
    return;
  }
  const page =
    Buffer.concat(await answer.toArray()).toString('utf8') + `<script src="${SCRIPT_PATH}"></script>`;
  delete headers['content-length'];
  delete headers['transfer-encoding'];
  const policy = String(headers['content-security-policy'] ?? '');
  if (policy) {
    headers['content-security-policy'] = allow(allow(policy, 'script-src'), 'connect-src');
  }
  response.writeHead(answer.statusCode ?? 502, headers).end(page);
}

async function callService(
  { method, url, headers }: IncomingMessage,
  body: Buffer,
  port: number,
): Promise<IncomingMessage | undefined> {
  const deadline = performance.now() + RESTART_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const call = http.request({ host: '127.0.0.1', port, method, path: url, headers, agent: false });
    call.end(body);
    const [answer] = await once(call, 'response').catch(() => []);
    if (answer) {
      return answer as IncomingMessage;
    }
    await sleep(POLL_MS);
  }
  return undefined;
}

/** The policy with a directive that allows the proxy's own script or events. */
function allow(policy: string, directive: string): string {
  return policy.includes(directive)
    ? policy.replace(new RegExp(`(${directive} )('none')?`), "$1'self' ")
    : `${policy}; ${directive} 'self'`;
}
