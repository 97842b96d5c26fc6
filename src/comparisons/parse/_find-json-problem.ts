import { createScanner, visit } from 'jsonc-parser';

/** Where and why a text is not valid JSON; line and column count from 1. */
export interface JsonProblem {
  line: number;
  column: number;
  problem: string;
}

/** Content is nested five levels deep. The parser is recursive, so the depth is checked first. */
const MAX_DEPTH = 100;

/** By jsonc-parser's error code. */
const PROBLEMS: Readonly<Record<number, string>> = {
  1: 'unexpected characters; strings need double quotation marks',
  2: 'this is not a valid number',
  3: 'expected a field name in double quotation marks; the last field must not be followed by a comma',
  4: 'expected a value; strings need double quotation marks, and the last item must not be followed by a comma',
  5: 'expected a colon',
  6: 'expected a comma or a closing bracket',
  7: 'expected a comma or }; is the file complete?',
  8: 'expected a comma or ]; is the file complete?',
  9: 'nothing may follow the last bracket; remove the rest',
  10: 'JSON has no comments; remove this one',
  11: 'JSON has no comments; remove this one',
  12: 'this string does not end on its line',
  13: 'this is not a valid number',
  14: 'expected four hexadecimal digits after \\u',
  15: 'JSON has no such \\ escape',
  16: 'this string contains a control character; write it as a \\ escape',
};

/**
 * The first syntax error, with a position that JSON.parse often lacks, or a repeated field, which it accepts silently.
 */
export function findJsonProblem(text: string): JsonProblem | undefined {
  return findDeepNesting(text) ?? findSyntaxProblem(text);
}

function findSyntaxProblem(text: string): JsonProblem | undefined {
  const problems: JsonProblem[] = [];
  const fields: Set<string>[] = [];
  const report = (problem: string, line: number, column: number) =>
    problems.push({ line: line + 1, column: column + 1, problem });
  visit(
    text,
    {
      onObjectBegin: () => {
        fields.push(new Set());
      },
      onObjectEnd: () => {
        fields.pop();
      },
      onObjectProperty: (name, _offset, _length, line, column) => {
        if (fields.at(-1)?.has(name)) {
          report(`the field ${JSON.stringify(name).slice(0, 60)} is repeated; keep one`, line, column);
        }
        fields.at(-1)?.add(name);
      },
      onError: (code, _offset, _length, line, column) =>
        report(PROBLEMS[code] ?? 'this is not JSON', line, column),
    },
    { disallowComments: true },
  );
  return problems[0];
}

function findDeepNesting(text: string): JsonProblem | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (scanner.scan(); scanner.getTokenOffset() < text.length; scanner.scan()) {
    const character = text[scanner.getTokenOffset()] ?? '';
    depth += '{['.includes(character) ? 1 : '}]'.includes(character) ? -1 : 0;
    if (depth > MAX_DEPTH) {
      return {
        line: scanner.getTokenStartLine() + 1,
        column: scanner.getTokenStartCharacter() + 1,
        problem: `nested more than ${MAX_DEPTH} levels deep`,
      };
    }
  }
  return undefined;
}
