import { columnsOf } from './columns.ts';

const COLUMNS = 72;

/** Wraps a paragraph at 72 columns; URLs are never broken. */
export function wrap(text: string, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  let width = indent.length - 1;
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const added = columnsOf(` ${word}`);
    if (line && width + added > COLUMNS) {
      lines.push(indent + line);
      line = '';
      width = indent.length - 1;
    }
    line = line ? `${line} ${word}` : word;
    width += added;
  }
  return [...lines, indent + line].join('\n');
}
