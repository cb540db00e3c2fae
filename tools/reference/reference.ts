/** `npm run reference` writes docs/reference and api/; with `--check` it only says what is out of date. */
import { join } from 'node:path';
import { apiReports, outdated, pages, write } from './generated.ts';

const root = join(import.meta.dirname, '..', '..');
const files = { ...pages(root), ...apiReports(root) };
const differing = outdated(root, files);
const isCheck = process.argv.includes('--check');

if (!isCheck) write(root, files);
for (const path of differing) process.stdout.write(`${isCheck ? 'out of date' : 'updated'}  ${path}\n`);
if (isCheck && differing.length > 0) {
  process.stderr.write('error the reference is not what the sources say\n  try    npm run reference\n');
  process.exitCode = 1;
}
