import { columnsOf } from './columns.ts';

const COLUMNS = 72;

/** Wraps a paragraph at 72 columns; an address is never broken. */
export function wrap(text: string, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (line && columnsOf(`${indent}${line} ${word}`) > COLUMNS) {
      lines.push(indent + line);
      line = word;
    } else {
      line = line ? `${line} ${word}` : word;
    }
  }
  return [...lines, indent + line].join('\n');
}
