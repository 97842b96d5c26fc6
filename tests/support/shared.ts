import { inject } from 'vitest';

interface Server {
  url: string;
  socketFolder?: string;
}

let server: Promise<Server> | undefined;
let built: Promise<unknown> | undefined;

/** The address of the run's PostgreSQL server, without the name of a database. */
export async function postgresUrl(): Promise<string> {
  const { url } = await findServer();
  return url;
}

/** The URL of the same database over the server's Unix socket, if it has one: a query then takes a fifth less CPU time. */
export async function overSocket(databaseUrl: string): Promise<string> {
  const { socketFolder } = await findServer();
  return socketFolder === undefined ? databaseUrl : `${databaseUrl}?host=${encodeURIComponent(socketFolder)}`;
}

function findServer(): Promise<Server> {
  server ??= request('/postgres').then((text) => JSON.parse(text) as Server);
  return server;
}

/** Resolves once the service is built. */
export function buildIsReady(): Promise<unknown> {
  built ??= request('/build');
  return built;
}

async function request(path: string): Promise<string> {
  const response = await fetch(inject('sharedUrl') + path);
  const text = await response.text();
  if (!response.ok) {
    throw new Error(text);
  }
  return text;
}
