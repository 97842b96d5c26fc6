import { createRequire } from 'node:module';
import { type DestinationStream, type Logger, pino } from 'pino';
import { maskAddresses } from './errors.ts';

export type Log = Logger;

/**
 * Logs to standard error: formatted lines on a terminal, otherwise JSON. Callers pass ids and counts, never an address,
 * a token or a secret; as a safeguard, fields with such names are removed.
 */
export function openLog(level: string, stderr: DestinationStream = process.stderr): Log {
  const stream = stderr === process.stderr && process.stderr.isTTY ? openPretty() : stderr;
  return pino(
    {
      level,
      redact: {
        paths: [
          'email',
          'to',
          'token',
          'secret',
          'apiKey',
          '*.email',
          '*.to',
          '*.token',
          '*.secret',
          '*.apiKey',
        ],
        remove: true,
      },
      serializers: { err: describeError },
    },
    stream,
  );
}

/** Loaded only for a terminal. */
function openPretty(): DestinationStream {
  const pretty = createRequire(import.meta.url)('pino-pretty') as typeof import('pino-pretty');
  return pretty({ destination: 2, ignore: 'pid,hostname' });
}

/** Error messages of the database and providers may quote data, so addresses in them are masked. */
function describeError(error: unknown) {
  if (!(error instanceof Error)) {
    return { message: maskAddresses(String(error)) };
  }
  const stack = maskAddresses(error.stack ?? '');
  return { type: error.name, message: maskAddresses(error.message), stack };
}
