/**
 * Tells the package manager of a project not to fetch what onnxruntime-node would fetch when it is installed: libraries
 * for GPUs, from another host. The embedded engine's library is in the package.
 */
import { existsSync, readFileSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMap, parseDocument } from 'yaml';
import { isPnpm } from '../config/install.js';

const reason =
  'The CUDA libraries that onnxruntime-node would fetch are not needed: the CPU library is in the package.';

/** `manifest` is the project's package.json. Returns the names of the files that were changed. */
export async function skipDownload(manifest: string): Promise<readonly string[]> {
  const folder = dirname(manifest);
  const changed = [(await skipInNpmrc(join(folder, '.npmrc'))) && '.npmrc'];
  if (isPnpm(manifest)) {
    // pnpm ends an installation with an error where nobody has decided about a build script.
    changed.push((await refuseBuild(join(folder, 'pnpm-workspace.yaml'))) && 'pnpm-workspace.yaml');
  }
  return changed.filter(name => name !== false);
}

/** False: the line is there. */
async function skipInNpmrc(file: string): Promise<boolean> {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (text.split('\n').some(line => line.trim().startsWith('onnxruntime-node-install'))) return false;
  const before = text === '' || text.endsWith('\n') ? '' : '\n';
  await appendFile(file, `${before}# ${reason}\nonnxruntime-node-install=skip\n`);
  return true;
}

/** False: somebody has decided already, or the file is not one that we understand. */
async function refuseBuild(file: string): Promise<boolean> {
  const document = parseDocument(existsSync(file) ? readFileSync(file, 'utf8') : '');
  if (document.errors.length > 0 || !(document.contents === null || isMap(document.contents))) return false;
  const path = ['allowBuilds', 'onnxruntime-node'];
  if (document.hasIn(path)) return false;
  if (document.contents === null) document.commentBefore = ` ${reason}`;
  document.setIn(path, false);
  await writeFile(file, String(document));
  return true;
}
