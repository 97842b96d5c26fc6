import { once } from 'node:events';
import http from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { findFreePort } from '../support/free-port.ts';
import { openReloadProxy } from './reload-proxy.ts';

async function openService(port: number, page: string) {
  const server = http.createServer((request, response) => {
    response.setHeader('Content-Security-Policy', "default-src 'none'; style-src 'self'");
    response.setHeader('Content-Type', request.url === '/healthz' ? 'text/plain' : 'text/html');
    response.end(`${page} ${request.method} ${request.headers.host}`);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return () => {
    server.close();
    server.closeAllConnections();
  };
}

test('pages come from the service with a script that reloads them once the service has restarted', async () => {
  const [port, servicePort] = [await findFreePort(), await findFreePort()];
  const stopFirst = await openService(servicePort, 'first');
  const proxy = await openReloadProxy(port, servicePort);
  onTestFinished(() => proxy.close());
  const url = `http://127.0.0.1:${port}`;
  const page = await fetch(url, { method: 'POST', body: 'a=b' });
  expect(await page.text()).toBe(`first POST 127.0.0.1:${port}<script src="/_dev/reload.js"></script>`);
  expect(page.headers.get('content-security-policy')).toBe(
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'",
  );
  const events = await fetch(`${url}/_dev/events`);
  await expect.poll(proxy.isServiceUp).toBe(true);
  stopFirst();
  await expect.poll(proxy.isServiceUp).toBe(false);
  const during = fetch(url);
  onTestFinished(await openService(servicePort, 'second'));
  expect(await (await during).text()).toContain('second GET');
  const { value } = await events.body!.getReader().read();
  expect(new TextDecoder().decode(value)).toContain('event: reload');
});
