import { readFileSync } from 'node:fs';

const LINE = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)[ \t]*=(.*)$/;

/**
 * What is wrong with a file of settings such as `.env`, naming settings and never their values: Node cuts a value at a # and at a quotation
 * mark inside it, silently.
 */
export function findEnvFileProblems(file: string): string[] {
  try {
    return listProblems(readFileSync(file, 'utf8'));
  } catch (error) {
    return [`it cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`];
  }
}

/** For example "POSTAL_ADDRESS has a # …". */
export function listProblems(text: string): string[] {
  // As editors and shells on Windows write it; the first setting would have another name, or all would.
  if (/^\uFEFF|[\0\uFFFD]/.test(text)) {
    return ['it is not plain UTF-8; save it as UTF-8 without a byte order mark'];
  }
  const problems: string[] = [];
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const [, name = '', rest = ''] = LINE.exec(line) ?? [];
    if (name === '') {
      if (!/^\s*(?:#|$)/.test(line)) {
        problems.push(`line ${index + 1} is not NAME=value`);
      }
      continue;
    }
    const value = rest.trimStart();
    const quote = /^["'`]/.exec(value)?.[0];
    if (quote === undefined) {
      // A comment is set off by spaces on both sides of its first #.
      if (/^[^#]*(?:[^\s#]#|#[^\s#])/.test(` ${rest}`) || rest.startsWith('#')) {
        problems.push(`${name} has a # that would begin a comment; put its value in quotation marks`);
      }
      continue;
    }
    let end = value.indexOf(quote, 1);
    let last = value;
    const closes = (line: string) => line.includes(quote);
    if (end < 0 && lines.slice(index + 1).some(closes)) {
      // A value of several lines.
      index += 1 + lines.slice(index + 1).findIndex(closes);
      last = lines[index] ?? '';
      end = last.indexOf(quote);
    }
    if (end < 0) {
      problems.push(`${name} begins with ${quote}, which is not closed; close it`);
    } else if (!/^\s*(?:#.*)?$/.test(last.slice(end + 1))) {
      problems.push(
        `${name} has text after its closing ${quote}; use another kind of quotation marks around it`,
      );
    }
  }
  return problems;
}
