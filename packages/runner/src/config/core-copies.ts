/**
 * One copy of @tinsmith/core per process. Plugins from a linked checkout, or found by a global `tinsmith`, may
 * see another copy than the runner does: their imports are given the runner's, if it speaks the same contract.
 * A second copy that is loaded all the same is refused, with both files.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CONTRACT, coreInstance, coreInstances, TinsmithError, type CoreInstance } from '@tinsmith/core';
import { codeOf } from '../error-code.js';

const core = /^@tinsmith\/core(\/|$)/;
const importConditions = ['node', 'import', 'module-sync', 'default'];
let isShared = false;
let resolvesImport = false;

/** The file that `import name` in `importer` would load; the conditions of `require` miss packages that export only to `import`. */
export function resolveImport(name: string, importer: string): string {
  const require = createRequire(importer) as unknown as {
    resolve(name: string, options: { conditions: ReadonlySet<string> }): string;
  };
  resolvesImport = true;
  try {
    return require.resolve(name, { conditions: new Set(importConditions) });
  } finally {
    resolvesImport = false;
  }
}

/** From now on every import of core that can be served by the runner's copy is. */
export function shareCore(): void {
  if (isShared) return;
  isShared = true;
  registerHooks({
    resolve(specifier, given, next) {
      // Where hooks are registered, Node forgets the conditions that `require.resolve` was given.
      const context = resolvesImport ? { ...given, conditions: importConditions } : given;
      if (!core.test(specifier)) return next(specifier, context);
      const ours = () => next(specifier, { ...context, parentURL: import.meta.url });
      try {
        const theirs = next(specifier, context);
        return contractOf(theirs.url) === CONTRACT ? ours() : theirs;
      } catch (error) {
        if (codeOf(error) === 'ERR_MODULE_NOT_FOUND' || codeOf(error) === 'MODULE_NOT_FOUND') return ours();
        throw error;
      }
    },
  });
}

/** As the copy's package.json says, so that it need not be loaded. Undefined if it does not. */
function contractOf(url: string): unknown {
  if (!url.startsWith('file:')) return undefined;
  for (let folder = dirname(fileURLToPath(url)); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) {
      const manifest = JSON.parse(readFileSync(file, 'utf8')) as { tinsmith?: { contract?: unknown } };
      return manifest.tinsmith?.contract;
    }
    if (folder === dirname(folder)) return undefined;
  }
}

/** Imports with `load`; throws CORE_DUPLICATE if that has brought another copy of core. */
export async function withOneCore<T>(load: () => Promise<T>): Promise<T> {
  const before = coreInstances().length;
  const loaded = await load();
  const second = coreInstances()[before];
  if (second) throw duplicate(second);
  return loaded;
}

export const isSecondCore = (error: unknown): error is TinsmithError =>
  TinsmithError.is(error) && error.code === 'CORE_DUPLICATE';

function duplicate(second: CoreInstance): TinsmithError {
  return new TinsmithError({
    code: 'CORE_DUPLICATE',
    message: 'this loads a second copy of @tinsmith/core, and plugins of two copies do not see each other',
    found: [coreInstance, second].map(described).join(' and '),
    fix:
      second.contract === CONTRACT
        ? 'keep @tinsmith/core out of the bundle: external in the build, under peerDependencies in package.json'
        : `a version of the plugin for contract ${CONTRACT}, with @tinsmith/core under peerDependencies`,
  });
}

const described = ({ version, contract, file }: CoreInstance) =>
  `${version} (contract ${contract}) ${file.startsWith('file:') ? fileURLToPath(file) : file}`;
