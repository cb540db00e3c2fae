/** What `extends` names: a file. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';

/**
 * A file relative to the config, or a file inside a package, which is data and need not be exported. The
 * package is looked for from the config's folder. Undefined if there is no such file.
 */
export function resolveBase(base: string, file: string): string | undefined {
  const beside = resolve(dirname(file), base);
  if (existsSync(beside) || isAbsolute(base) || base.startsWith('.'))
    return existsSync(beside) ? beside : undefined;
  const folders = createRequire(file).resolve.paths(base) ?? [];
  return folders.map(folder => join(folder, base)).find(candidate => existsSync(candidate));
}
