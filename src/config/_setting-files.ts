import { readFileSync } from 'node:fs';

export type Environment = Record<string, string | undefined>;

/** Secrets are short; a file of another kind, such as a device, must not be read to its end. */
const MAX_CHARACTERS = 100_000;

/**
 * The environment with the settings that are read from files: Docker, Kubernetes and systemd hand secrets over as files,
 * and `NAME_FILE` says where that of NAME is. The last line break does not count. Problems name the file, never what is in it.
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
      problems.push(`${name}_FILE: ${file} ${problem}`);
    }
    // A problem with the file is the only one to report about the setting.
    values[name] = value;
  }
  return { env: { ...env, ...values }, problems };
}

function readValue(file: string): { value?: string; problem?: string } {
  try {
    const value = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
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
