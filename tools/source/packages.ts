/** The packages of this workspace. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Record<string, string | { readonly types?: string }>;
  readonly dependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
}

export interface Package {
  /** Absolute. */
  readonly folder: string;
  /** The last part of the folder, e.g. `engine-local`. */
  readonly shortName: string;
  readonly manifest: Manifest;
}

/** Those of `packages/`, then those of `plugins/`, by name. */
export function packagesOf(root: string): readonly Package[] {
  return ['packages', 'plugins'].flatMap(parent =>
    readdirSync(join(root, parent))
      .toSorted()
      .map(name => packageIn(join(root, parent, name))),
  );
}

function packageIn(folder: string): Package {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  return { folder, shortName: basename(folder), manifest };
}
