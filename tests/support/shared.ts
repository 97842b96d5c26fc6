import { inject } from 'vitest';

let url: Promise<string> | undefined;
let built: Promise<unknown> | undefined;

/** The address of the run's PostgreSQL server, without the name of a database. */
export function postgresUrl(): Promise<string> {
  url ??= ask('/postgres');
  return url;
}

/** Resolves once the service is built. */
export function buildIsReady(): Promise<unknown> {
  built ??= ask('/build');
  return built;
}

async function ask(path: string): Promise<string> {
  const response = await fetch(inject('sharedUrl') + path);
  const text = await response.text();
  if (!response.ok) {
    throw new Error(text);
  }
  return text;
}
