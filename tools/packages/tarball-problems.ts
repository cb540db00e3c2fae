/** What is wrong with a packed package: publint, attw (profile esm-only), and ranges that only mean something here. */
import { checkPackage, createPackageFromTarballData, type Package } from '@arethetypeswrong/core';
import { problemAffectsResolutionKind, problemKindInfo } from '@arethetypeswrong/core/problems';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import type { Tarball } from './tarballs.ts';

/** Each as one line; empty if all is well. */
export async function tarballProblems({ data }: Tarball): Promise<readonly string[]> {
  const packed = createPackageFromTarballData(data);
  return [...(await lint(data)), ...(await typeProblems(packed)), ...manifestProblems(packed)];
}

async function lint(data: Uint8Array<ArrayBuffer>): Promise<readonly string[]> {
  const { messages, pkg } = await publint({ pack: { tarball: data.buffer }, strict: true });
  return messages.map(message => `publint: ${formatMessage(message, pkg) ?? message.code}`);
}

/** For users with ES modules, as `attw --profile esm-only`: require() and the resolution of before Node 12 do not count. */
async function typeProblems(packed: Package): Promise<readonly string[]> {
  const analysis = await checkPackage(packed);
  if (!analysis.types) return ['attw: the package has no types'];
  return analysis.problems
    .filter(problem =>
      (['node16-esm', 'bundler'] as const).some(kind =>
        problemAffectsResolutionKind(problem, kind, analysis),
      ),
    )
    .map(problem => {
      const place = 'entrypoint' in problem ? ` (${problem.entrypoint}, ${problem.resolutionKind})` : '';
      return `attw: ${problemKindInfo[problem.kind].shortDescription}${place}`;
    });
}

function manifestProblems(packed: Package): readonly string[] {
  const manifest = packed.readFile(`/node_modules/${packed.packageName}/package.json`);
  return [...manifest.matchAll(/"(workspace:|catalog:|@tinsmith\/source)[^"]*"/g)].map(
    ([found]) => `package.json: ${found} means nothing outside the workspace`,
  );
}
