/** All generated files of the workspace, compared with or written to the disk. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { apiReport } from '../api-report/report.ts';
import { packagesOf } from '../source/packages.ts';
import { contractPage } from './contract-page.ts';
import { errorsPage } from './errors-page.ts';

/** A file's content by its path from the root. */
export type Files = Readonly<Record<string, string>>;

/** From the sources alone. */
export const pages = (root: string): Files => ({
  'docs/reference/errors.md': endOnce(errorsPage(root)),
  'docs/reference/hooks-and-tokens.md': endOnce(contractPage(root)),
});

/** From the declarations in `dist`: needs a build. */
export const apiReports = (root: string): Files =>
  Object.fromEntries(
    packagesOf(root).map(found => [`api/${found.shortName}.api.md`, endOnce(apiReport(found))]),
  );

const endOnce = (text: string) => `${text.trimEnd()}\n`;

/** The paths that differ, and those in the folders of these files that should not be there. */
export function outdated(root: string, files: Files): readonly string[] {
  const different = Object.keys(files).filter(path => {
    const file = join(root, path);
    return !existsSync(file) || readFileSync(file, 'utf8') !== files[path];
  });
  return [...different, ...strangers(root, files)].toSorted();
}

export function write(root: string, files: Files): void {
  for (const path of strangers(root, files)) rmSync(join(root, path));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

function strangers(root: string, files: Files): readonly string[] {
  const folders = new Set(Object.keys(files).map(path => dirname(path)));
  return [...folders]
    .filter(folder => existsSync(join(root, folder)))
    .flatMap(folder => readdirSync(join(root, folder)).map(name => `${folder}/${name}`))
    .filter(path => !Object.hasOwn(files, path));
}
