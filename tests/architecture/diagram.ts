import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Which room may import from which: of the diagrams in docs/architecture.md (between folders) and docs/rooms.md (within one). */
export interface Diagram {
  /** Every room and, for those of plumbing, its folder or file; by its id in the diagram. */
  rooms: ReadonlySet<string>;
  /** "sending_submit --> sending_rules", "sending --> issues" */
  arrows: ReadonlySet<string>;
  plumbing: ReadonlySet<string>;
}

/** Files that stand in a product folder itself, as a room of its own. */
const FRONT: Record<string, string> = {
  commands: 'commands_command-line',
  doctor: 'doctor_run-checks',
  emails: 'emails_templates',
  web: 'web_app',
};

export function readDiagram(root: string): Diagram {
  const read = (name: string) => readFileSync(path.join(root, 'docs', name), 'utf8');
  const [, ...sections] = read('rooms.md').split(/^## /m);
  const groups = sections.map((section) => {
    const [group = ''] = /^[\w-]+/.exec(section) ?? [];
    const prefix = group === 'plumbing' ? '' : `${group}_`;
    const { nodes, arrows } = readMermaid(section);
    return {
      group,
      rooms: nodes.map((node) => prefix + node),
      arrows: arrows.map(([from, to]) => `${prefix}${from} --> ${prefix}${to}`),
    };
  });
  const between = readMermaid(read('architecture.md')).arrows.map((ends) => ends.join(' --> '));
  return {
    rooms: new Set(groups.flatMap(({ rooms }) => rooms)),
    arrows: new Set([...groups.flatMap(({ arrows }) => arrows), ...between]),
    plumbing: new Set(groups.find(({ group }) => group === 'plumbing')?.rooms),
  };
}

/** Of the first diagram in a document. */
function readMermaid(document: string): { nodes: string[]; arrows: [from: string, to: string][] } {
  const [, diagram = ''] = /```mermaid\nflowchart \w+\n([\s\S]*?)```/.exec(document) ?? [];
  const lines = diagram
    .replaceAll(/\["[^"]*"\]/g, '')
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s*(?:-->|&)\s*/));
  return {
    nodes: lines.flat(),
    arrows: lines.flatMap(([from = '', ...targets]) => targets.map((to): [string, string] => [from, to])),
  };
}

/** The room of a file, as the diagram names it; `file` is relative to the project's root. */
export function roomOf(file: string): string {
  const parts = file.replace(/^src\//, '').split('/');
  if (parts.length === 1) {
    return path.parse(file).name;
  }
  const folder = parts.slice(0, -1).filter((part) => part !== '_parts');
  return FRONT[folder.join('_')] ?? folder.join('_');
}

/** The product folder of a room; plumbing is one. */
export function groupOf(room: string, { plumbing }: Diagram): string {
  return plumbing.has(room) ? 'plumbing' : (room.split('_')[0] ?? room);
}

export function mayImport(from: string, to: string, diagram: Diagram): boolean {
  const groups = [groupOf(from, diagram), groupOf(to, diagram)] as const;
  return (
    from === to ||
    diagram.arrows.has(`${from} --> ${to}`) ||
    (groups[0] !== groups[1] && (groups[1] === 'plumbing' || diagram.arrows.has(groups.join(' --> '))))
  );
}

/** Where the files of a room are: a folder, or for some of plumbing a file, relative to the project's root. */
export function placeOf(room: string, diagram: Diagram): string {
  const front = Object.entries(FRONT).find(([, id]) => id === room)?.[0];
  const folder = front ?? room.replaceAll('_', '/').replace(/^emails\//, 'emails/_parts/');
  const top = /^(emails|jobs)(\/|$)/.test(folder) ? folder : `src/${folder}`;
  return diagram.plumbing.has(room) && ['context', 'count-of', 'errors', 'log', 'week'].includes(room)
    ? `${top}.ts`
    : top;
}
