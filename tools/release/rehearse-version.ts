/**
 * `npm run rehearse:version`: what the next release would be. Runs `changeset version` on a copy of the workspace, packs
 * what comes out, and checks versions, version files and the ranges that users would get.
 */
import { join } from 'node:path';
import { createPackageFromTarballData } from '@arethetypeswrong/core';
import { packWorkspace } from '../packages/tarballs.ts';
import type { Manifest, Package } from '../source/packages.ts';
import { releaseProblems, releasesOf } from './release-problems.ts';
import { WorkspaceCopy } from './workspace-copy.ts';

const copy = new WorkspaceCopy(join(import.meta.dirname, '..', '..'));
try {
  const before = copy.packages.map(({ manifest }) => manifest);
  copy.version();
  const after = copy.packages.map(({ manifest }) => manifest);
  for (const { name, before: from, after: to } of releasesOf(before, after))
    process.stdout.write(`${name}  ${from} -> ${to}\n`);
  const problems = [
    ...releaseProblems(before, after),
    ...copy.packages.flatMap(versionFileProblems),
    ...(await rangeProblems(after)),
  ];
  for (const problem of problems) process.stderr.write(`error  ${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
  else process.stdout.write('ok     versions, version files, published ranges\n');
} finally {
  copy.remove();
}

function versionFileProblems(found: Package): readonly string[] {
  const stated = copy.statedVersion(found);
  const { name, version } = found.manifest;
  return stated === undefined || stated === version
    ? []
    : [`${name} is ${version}, and its src/version.ts says ${stated}`];
}

/** Users must get `^` of the versions that are released together. */
async function rangeProblems(manifests: readonly Manifest[]): Promise<readonly string[]> {
  const versions = new Map(manifests.map(({ name, version }) => [name, version]));
  return (await packWorkspace(copy.folder)).flatMap(({ data }) => {
    const packed = createPackageFromTarballData(data);
    const published = JSON.parse(
      packed.readFile(`/node_modules/${packed.packageName}/package.json`),
    ) as Manifest;
    return Object.entries({ ...published.dependencies, ...published.peerDependencies }).flatMap(
      ([name, range]) => {
        const version = versions.get(name);
        return version === undefined || range === `^${version}`
          ? []
          : [`${published.name} would be published with ${name} ${range}, and ${name} is ${version}`];
      },
    );
  });
}
