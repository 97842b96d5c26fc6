import { ElementType, parseDocument } from 'htmlparser2';

type ChildNode = ReturnType<typeof parseDocument>['children'][number];

/** A piece of text that a reader sees, with the elements around it, outermost first. */
export interface VisibleText {
  text: string;
  path: readonly Element[];
}

interface Element {
  name: string;
  attribs: Record<string, string>;
}

/** All texts except those of the head, hidden elements (the preheader) and `aria-hidden` decoration (bars). */
export function listVisibleTexts(html: string): VisibleText[] {
  return walk(parseDocument(html).children, []);
}

function walk(nodes: readonly ChildNode[], path: readonly Element[]): VisibleText[] {
  return nodes.flatMap((node) => {
    if (node.type === ElementType.ElementType.Text) {
      const text = node.data.replaceAll(/\s+/g, ' ').trim();
      return text === '' ? [] : [{ text, path }];
    }
    return 'attribs' in node && !isHidden(node) ? walk(node.children, [...path, node]) : [];
  });
}

function isHidden({ name, attribs }: Element): boolean {
  return (
    ['head', 'style', 'script', 'title'].includes(name) ||
    attribs['aria-hidden'] === 'true' ||
    /display:\s*none/.test(attribs.style ?? '')
  );
}
