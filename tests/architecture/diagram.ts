import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Which room may import from which: of the diagram in docs/architecture.md. */
export interface Diagram {
  /** Every room and, for those of plumbing, its folder or file; by its id in the diagram. */
  rooms: ReadonlySet<string>;
  /** "sending_submit --> sending_rules", "sending --> issues" */
  arrows: ReadonlySet<string>;
  plumbing: ReadonlySet<string>;
}

const ARROW = /^(\S+)\s*-->\s*(.+)$/;

/** Files that stand in a product folder itself, as a room of its own. */
const FRONT: Record<string, string> = {
  commands: 'commands_command-line',
  doctor: 'doctor_run-checks',
  emails: 'emails_templates',
  web: 'web_app',
};

export function readDiagram(root: string): Diagram {
  const text = readFileSync(path.join(root, 'docs/architecture.md'), 'utf8');
  const lines =
    /```mermaid\n([\s\S]*?)```/
      .exec(text)?.[1]
      ?.split('\n')
      .map((line) => line.trim()) ?? [];
  const rooms = new Set<string>();
  const arrows = new Set<string>();
  const plumbing = new Set<string>();
  let group: string | undefined;
  for (const line of lines.map((labelled) => labelled.replaceAll(/\["[^"]*"\]/g, ''))) {
    const [, from, targets] = ARROW.exec(line) ?? [];
    if (line.startsWith('subgraph ')) {
      group = line.slice('subgraph '.length);
    } else if (line === 'end') {
      group = undefined;
    } else if (line && line !== 'flowchart TD') {
      const to = targets?.split(/\s*&\s*/) ?? [];
      to.forEach((target) => arrows.add(`${from} --> ${target}`));
      for (const room of group ? [from ?? line, ...to] : []) {
        rooms.add(room);
        if (group === 'plumbing') {
          plumbing.add(room);
        }
      }
    }
  }
  return { rooms, arrows, plumbing };
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
  return diagram.plumbing.has(room) && ['context', 'errors', 'log', 'week'].includes(room)
    ? `${top}.ts`
    : top;
}
