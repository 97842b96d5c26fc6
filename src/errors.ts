export type ErrorCode = 'invalid_input' | 'not_found' | 'refused' | 'forbidden' | 'unavailable';

/** An error that a person can fix: `message` says what is wrong, `problems` where, one line each. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly problems: readonly string[];

  constructor(code: ErrorCode, message: string, problems: readonly string[] = []) {
    super(message);
    this.name = 'AppError';
    this.code = code;
    this.problems = problems;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** For messages of the database and providers, which may quote data. */
export function maskAddresses(text: string): string {
  return text.replaceAll(/[^\s<>"'(),;:=]+@[^\s<>"'(),;:]+/g, '[address]');
}
