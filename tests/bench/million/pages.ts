import { Agent, request as httpRequest } from 'node:http';

export interface PageMeasure {
  /** The time of the first request for the page in this process. */
  first_ms: number;
  /** The median of requests that are made one after the other. */
  median_ms: number;
  per_second: number;
  bytes: number;
}

const SEQUENTIAL = 30;
const CONNECTIONS = 16;
const BUSY_MS = 3_000;

/** Makes one request after the other, then `CONNECTIONS` at a time for `BUSY_MS`. Throws unless every answer is 200. */
export async function measurePage(url: string, form?: string): Promise<PageMeasure> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const ask = () => request(url, agent, form);
  const asked = performance.now();
  const bytes = await ask();
  const first_ms = performance.now() - asked;
  await ask();
  const times: number[] = [];
  const until = performance.now() + BUSY_MS;
  while (times.length < SEQUENTIAL && (times.length < 3 || performance.now() < until)) {
    const started = performance.now();
    await ask();
    times.push(performance.now() - started);
  }
  const started = performance.now();
  let count = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (performance.now() - started < BUSY_MS) {
        await ask();
        count += 1;
      }
    }),
  );
  const seconds = (performance.now() - started) / 1_000;
  agent.destroy();
  return {
    first_ms,
    median_ms: times.toSorted((a, b) => a - b)[times.length >> 1]!,
    per_second: count / seconds,
    bytes,
  };
}

function request(url: string, agent: Agent, form: string | undefined): Promise<number> {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded', Origin: new URL(url).origin };
  const options = form === undefined ? { agent } : { agent, method: 'POST', headers };
  return new Promise((resolve, reject) => {
    httpRequest(url, options, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => (bytes += chunk.length));
      response.on('error', reject);
      response.on('end', () =>
        response.statusCode === 200
          ? resolve(bytes)
          : reject(new Error(`${url} answers ${response.statusCode}`)),
      );
    })
      .on('error', reject)
      .end(form);
  });
}
