import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { onTestFinished } from 'vitest';

export interface Received {
  id: string;
  type: string;
  data: Record<string, unknown>;
}

export interface Receiver {
  url: string;
  /** Only what the standard's own library verified. */
  received: Received[];
  /** How it answers; 204 unless a test sets it. */
  answer: (response: ServerResponse, received: Received) => void;
}

/** Somebody else's system, with one secret. */
export async function openReceiver(secret: string): Promise<Receiver> {
  const receiver: Receiver = {
    url: '',
    received: [],
    answer: (response) => response.writeHead(204).end(),
  };
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const { type, data } = new Webhook(secret).verify(body, headers) as Omit<Received, 'id'>;
    const received = { id: headers['webhook-id'] ?? '', type, data };
    receiver.received.push(received);
    receiver.answer(response, received);
  };
  const server = createServer((request, response) => {
    take(request, response).catch(() => response.writeHead(400).end('signature'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return receiver;
}
