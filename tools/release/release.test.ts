import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { packagesOf } from '../source/packages.ts';
import { releaseProblems, releasesOf } from './release-problems.ts';
import { WorkspaceCopy } from './workspace-copy.ts';

const root = join(import.meta.dirname, '..', '..');
const core = '@tinsmith/core';
const withPeer = packagesOf(root)
  .filter(({ manifest }) => manifest.peerDependencies?.[core])
  .map(({ manifest }) => manifest.name);

/** A copy of this workspace after `changeset version` with these bumps. */
function versioned(bumps: Readonly<Record<string, 'major' | 'minor' | 'patch'>>, ...args: string[]) {
  const copy = new WorkspaceCopy(root);
  onTestFinished(() => copy.remove());
  const before = copy.packages.map(({ manifest }) => manifest);
  copy.setChangeset(bumps);
  copy.version(...args);
  const after = copy.packages.map(({ manifest }) => manifest);
  return { copy, before, after, problems: releaseProblems(before, after) };
}

test('version files follow the versions, and peers stay ranges of the workspace', () => {
  const { copy, before, after, problems } = versioned({ '@tinsmith/logger-jsonl': 'patch' });
  expect(releasesOf(before, after).map(({ name }) => name)).toContain('@tinsmith/logger-jsonl');
  const jsonl = copy.packages.find(({ shortName }) => shortName === 'logger-jsonl')!;
  expect(copy.statedVersion(jsonl)).toBe(jsonl.manifest.version);
  expect(jsonl.manifest.peerDependencies).toEqual({ [core]: 'workspace:^' });
  expect(problems).toEqual([]);
});

test('core breaks alone: every package that has it as a peer is named, for changesets gives it a patch', () => {
  const { problems } = versioned({ [core]: 'major' });
  expect(withPeer.length).toBeGreaterThan(5);
  expect(new Set(problems.map(problem => /and (\S+) goes from/.exec(problem)?.[1]))).toEqual(
    new Set(withPeer),
  );
});

test('core breaks, and all of them with it: nothing to complain about', () => {
  const all = [core, ...withPeer];
  const { problems, before, after } = versioned(
    Object.fromEntries(all.map(name => [name, 'major'] as const)),
  );
  expect(problems).toEqual([]);
  expect(releasesOf(before, after).map(({ name }) => name)).toEqual(expect.arrayContaining(all));
});

const manifest = (name: string, version: string, peerDependencies = {}) => ({
  name,
  version,
  exports: {},
  peerDependencies,
});
const plugin = manifest('plugin', '1.0.0', { host: 'workspace:^' });

test('a prerelease of the host alone leaves out what needs it', () => {
  const before = [manifest('host', '1.4.0'), plugin];
  expect(releaseProblems(before, [manifest('host', '1.5.0-next.1'), plugin])).toEqual([
    'host goes from 1.4.0 to 1.5.0-next.1, which ^1.4.0 does not accept, and plugin is not released with it: name plugin in a changeset',
  ]);
});

test.each([
  ['1.2.3', '1.9.0', 0],
  ['1.2.3', '2.0.0', 1],
  ['0.2.3', '0.2.4', 0],
  ['0.2.3', '0.3.0', 1],
  ['0.2.3', '1.0.0', 1],
  ['0.0.3', '0.0.4', 1],
])('the host goes from %s to %s, a plugin stays behind: %i problems', (from, to, problems) => {
  const found = releaseProblems([manifest('host', from), plugin], [manifest('host', to), plugin]);
  expect(found).toHaveLength(problems);
});
