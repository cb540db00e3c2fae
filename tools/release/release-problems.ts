/**
 * What would be wrong with a release, from the manifests before and after `changeset version`. Changesets gives a plugin
 * a patch when its peer breaks, although users of the plugin are then made to change: that must be a breaking version
 * too. And it leaves out plugins that a prerelease of their peer needs. Knows nothing about how versions are made.
 */
import type { Manifest } from '../source/packages.ts';

export interface Release {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

export function releasesOf(before: readonly Manifest[], after: readonly Manifest[]): readonly Release[] {
  return after.flatMap(({ name, version }) => {
    const old = before.find(manifest => manifest.name === name)?.version ?? version;
    return old === version ? [] : [{ name, before: old, after: version }];
  });
}

/** Each as one line that says what to add; empty if the release is right. */
export function releaseProblems(before: readonly Manifest[], after: readonly Manifest[]): readonly string[] {
  const releases = releasesOf(before, after);
  const releaseOf = (name: string) => releases.find(release => release.name === name);
  return after.flatMap(({ name, peerDependencies = {} }) =>
    Object.keys(peerDependencies).flatMap(peer => {
      const demanded = releaseOf(peer);
      if (!demanded || caretAccepts(demanded.before, demanded.after)) return [];
      const own = releaseOf(name);
      const what = `${peer} goes from ${demanded.before} to ${demanded.after}, which ^${demanded.before} does not accept`;
      if (!own) return [`${what}, and ${name} is not released with it: name ${name} in a changeset`];
      if (isPrerelease(demanded.after) || !caretAccepts(own.before, own.after)) return [];
      return [
        `${what}, and ${name} goes from ${own.before} to ${own.after} only: name ${name} in a changeset, ` +
          `as ${own.before.startsWith('0.') ? 'minor' : 'major'}`,
      ];
    }),
  );
}

const isPrerelease = (version: string) => version.includes('-');

/** Whether `^from` accepts `to`, a later version: the first number that is not 0 is the same. */
function caretAccepts(from: string, to: string): boolean {
  if (isPrerelease(to)) return false;
  return fixedPart(from) === fixedPart(to);
}

/** `1` of 1.2.3, `0.2` of 0.2.3, `0.0.3` of 0.0.3. */
const fixedPart = (version: string) => /^(?:0\.){0,2}\d+/.exec(version)?.[0];
