/**
 * code.diff: what differs from the last commit in the git work trees that a run's config and local plugins come
 * from. Outside of a work tree there is nothing to say.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const largestDiffBytes = 16 * 2 ** 20;
const patienceMilliseconds = 10_000;
const mostUntrackedNames = 50;

/** Undefined if none of the folders is in a git work tree, or git is not there. */
export async function codeDiff(folders: readonly string[]): Promise<string | undefined> {
  const roots = await Promise.all(
    [...new Set(folders)].map(folder => git(folder, 'rev-parse', '--show-toplevel')),
  );
  const found = [...new Set(roots.flatMap(root => root?.trim() || []))];
  if (found.length === 0) return undefined;
  return (await Promise.all(found.map(section))).join('\n');
}

async function section(root: string): Promise<string> {
  const [commit, diff, untracked] = await Promise.all([
    git(root, 'rev-parse', 'HEAD'),
    // Nothing that the repository configures is executed.
    git(root, 'diff', 'HEAD', '--no-ext-diff', '--no-textconv', '--no-color'),
    git(root, 'ls-files', '--others', '--exclude-standard'),
  ]);
  const names = (untracked ?? '').split('\n').filter(Boolean);
  const more = names.length - mostUntrackedNames;
  return [
    `### repo: ${root} @ ${commit?.trim() ?? 'no commit yet'}`,
    ...(names.length > 0
      ? [
          `### not in git: ${names.slice(0, mostUntrackedNames).join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
        ]
      : []),
    diff ?? '### the difference cannot be shown: no commit, too large, or git took too long\n',
  ].join('\n');
}

async function git(folder: string, ...args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('git', ['-c', 'core.fsmonitor=false', ...args], {
      cwd: folder,
      maxBuffer: largestDiffBytes,
      timeout: patienceMilliseconds,
      env: { ...process.env, GIT_OPTIONAL_LOCKS: '0' },
    });
    return stdout;
  } catch {
    return undefined;
  }
}
