/**
 * Writes each package's version into its src/version.ts, where that states one. `npm run version-packages` calls it after
 * `changeset version`. No dependencies: it runs in a workspace that is not installed.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
for (const parent of ['packages', 'plugins']) {
  for (const name of readdirSync(join(root, parent))) {
    const file = join(root, parent, name, 'src', 'version.ts');
    if (!existsSync(file)) continue;
    const { version } = JSON.parse(readFileSync(join(root, parent, name, 'package.json'), 'utf8'));
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(/(export const version = )'[^']*'/, `$1'${version}'`));
  }
}
