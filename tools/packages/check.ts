/**
 * `npm run check:packages`: what npm users would get is sound (publint, attw), nothing in the workspace is unused (knip),
 * and the checked-in API reports and reference are what the packages say. Says everything that is wrong before it ends.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { tarballProblems } from './tarball-problems.ts';
import { packWorkspace } from './tarballs.ts';

const root = join(import.meta.dirname, '..', '..');
let failures = 0;

function report(what: string, problems: readonly string[]): void {
  process.stdout.write(`${problems.length === 0 ? 'ok   ' : 'error'}  ${what}\n`);
  for (const problem of problems) process.stdout.write(`         ${problem}\n`);
  failures += problems.length;
}

for (const tarball of await packWorkspace(root)) report(tarball.file, await tarballProblems(tarball));
report(
  'nothing unused (knip.json says where things begin)',
  await run('node_modules/knip/bin/knip.js', '--no-progress'),
);
report('API reports and reference', await run('tools/reference/reference.ts', '--check'));
process.exitCode = failures === 0 ? 0 : 1;

/** What a script of ours or of a package printed, if it failed. */
async function run(script: string, ...args: string[]): Promise<readonly string[]> {
  const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', data => (output += String(data)));
  child.stderr.on('data', data => (output += String(data)));
  const code = await new Promise(resolve => child.on('close', resolve));
  return code === 0 ? [] : output.trimEnd().split('\n');
}
