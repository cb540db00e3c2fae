/** Installs the workspace's packages and builds them; does nothing when nothing has changed. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BootstrapError, installFailure } from './error.mjs';
import { capture, say } from './process.mjs';

/** With the lockfile as it is: what was tested is what is installed. */
export async function installPackages(root, tools) {
  const stamp = join(root, 'node_modules', '.tinsmith-installed');
  const wanted = hashOf(manifests(root));
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('installing packages');
  const [command, ...args] = tools.pnpm;
  const { code, output } = await capture(command, [...args, 'install', '--frozen-lockfile'], {
    cwd: root,
    env: { ...tools.env, CI: 'true' },
  });
  if (code !== 0) throw installFailure('the packages of the workspace', output);
  writeFileSync(stamp, wanted);
}

function manifests(root) {
  const packages = ['packages', 'plugins'].flatMap(parent =>
    readdirSync(join(root, parent)).map(name => join(parent, name, 'package.json')),
  );
  return ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...packages]
    .map(file => join(root, file))
    .filter(existsSync);
}

function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

/** Incremental: looks at every source, and writes only what is out of date. */
export async function build(root, tools) {
  if (!existsSync(join(root, 'packages', 'runner', 'dist'))) say('building');
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { code, output } = await capture(tools.node, [tsc, '-b'], { cwd: root, env: tools.env });
  if (code !== 0)
    throw new BootstrapError('the build failed', 'mend what the compiler says', `\n${output.trim()}`);
}
