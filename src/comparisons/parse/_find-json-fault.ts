import { advance, type Expected, isRepeatedKey, type Open } from './_json-grammar.ts';

/** Where and why a text is no JSON; `offset` counts UTF-16 units from 0. */
export interface JsonFault {
  offset: number;
  problem: string;
}

const SPACE = /[ \t\r\n]*/y;
const SIMPLE = /[{}[\]:,]|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[Ee][+-]?\d+)?|true|false|null/y;
const STRING_PART = /[ !#-[\]-\uFFFF]+|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})/y;

const BROKEN_STRING =
  'this text does not end on its line, or holds a control character or a \\ that JSON does not know';
const WANTED: Record<Expected, string> = {
  value: 'a value should stand here, texts in double quotation marks',
  'value or ]': 'a value or ] should stand here',
  key: 'a field name in double quotation marks should stand here; the last field has no comma after it',
  'key or }': 'a field name in double quotation marks or } should stand here',
  colon: 'a colon should stand here',
  'comma or end': 'a comma or a closing bracket should stand here',
};

/** The first place where a text stops being JSON, which JSON.parse often does not tell, or repeats a key, which it never tells. */
export function findJsonFault(text: string): JsonFault | undefined {
  const open: Open = [];
  let expected: Expected = 'value';
  let offset = 0;
  for (;;) {
    offset += match(SPACE, text, offset).length;
    if (offset === text.length) {
      const isComplete = expected === 'comma or end' && open.length === 0;
      return isComplete ? undefined : { offset, problem: 'the text ends too early; is the file complete?' };
    }
    const token = readToken(text, offset);
    const next = advance(open, expected, token);
    if (!next) {
      return {
        offset,
        problem: text[offset] === '"' && !token ? BROKEN_STRING : describe(open, expected, token),
      };
    }
    expected = next;
    offset += token.length;
  }
}

function readToken(text: string, offset: number): string {
  return text[offset] === '"' ? readString(text, offset) : match(SIMPLE, text, offset);
}

/** Part by part, because one pattern for a long text overflows the stack; empty when the text is broken. */
function readString(text: string, offset: number): string {
  let end = offset + 1;
  for (;;) {
    const part = match(STRING_PART, text, end);
    if (part === '') {
      return text[end] === '"' ? text.slice(offset, end + 1) : '';
    }
    end += part.length;
  }
}

function match(pattern: RegExp, text: string, offset: number): string {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0] ?? '';
}

function describe(open: Open, expected: Expected, token: string): string {
  if (isRepeatedKey(open, expected, token)) {
    return `the field ${token.slice(0, 60)} stands here a second time; keep one`;
  }
  return expected === 'comma or end' && open.length === 0
    ? 'nothing may follow the last bracket; remove the rest'
    : WANTED[expected];
}
