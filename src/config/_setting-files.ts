import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

export type Environment = Record<string, string | undefined>;

/** Secrets are short. */
const MAX_CHARACTERS = 100_000;

/**
 * The environment with the settings that are read from files: Docker, Kubernetes and systemd pass secrets as files, and
 * `NAME_FILE` is the path of the file that contains NAME. Line breaks at its end are ignored. Problems never quote its content.
 */
export function readSettingFiles(
  env: Environment,
  names: readonly string[],
): { env: Environment; problems: string[] } {
  const problems: string[] = [];
  const values: Environment = {};
  for (const name of names) {
    const file = env[`${name}_FILE`]?.trim();
    if (!file) {
      continue;
    }
    if (env[name]?.trim()) {
      problems.push(`${name}: is set, and so is ${name}_FILE; remove one of the two`);
      continue;
    }
    const { value, problem } = readValue(file);
    if (problem) {
      // Somebody may have written the secret itself here, so only a path is quoted.
      problems.push(`${name}_FILE: ${path.isAbsolute(file) ? file : 'the file'} ${problem}`);
    }
    // Undefined after a problem with the file, so that its content is not checked as well.
    values[name] = value;
  }
  return { env: { ...env, ...values }, problems };
}

function readValue(file: string): { value?: string; problem?: string } {
  try {
    if (!statSync(file).isFile()) {
      return { problem: 'is not a regular file; write the value into one' };
    }
    const value = readFileSync(file, 'utf8').replace(/[\r\n]+$/, '');
    if (value.length > MAX_CHARACTERS) {
      return { problem: `is longer than ${MAX_CHARACTERS} characters; it must contain the value alone` };
    }
    return value.trim() === '' ? { problem: 'is empty; write the value into it' } : { value };
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return {
      problem:
        code === 'ENOENT'
          ? 'does not exist; write the value into it, or correct the path'
          : code === 'EACCES'
            ? 'cannot be read by the user of this process; change its owner or mode'
            : `cannot be read (${code}); it must be a file with the value alone`,
    };
  }
}
