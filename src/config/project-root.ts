import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The absolute path of a folder or file of the project, as source or as built; `name` is relative to the root and has no
 * extension if it is code.
 */
export function projectPath(name: string): string {
  const file = fileURLToPath(import.meta.url);
  let root = path.dirname(file);
  while (!existsSync(path.join(root, 'migrations'))) {
    root = path.dirname(root);
  }
  const isFolder = existsSync(path.join(root, name));
  return path.join(root, isFolder ? name : name + path.extname(file));
}
