/** Every package of the workspace is set up alike: what a newcomer to one finds holds for all. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly private?: boolean;
  readonly keywords?: readonly string[];
  readonly engines: Record<string, string>;
  readonly exports: Record<string, string | Record<string, string>>;
  readonly publishConfig: { readonly exports: Record<string, string | Record<string, string>> };
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
}

const root = join(import.meta.dirname, '..', '..');
const json = (...path: string[]): unknown => JSON.parse(readFileSync(join(root, ...path), 'utf8'));
const folders = ['packages', 'plugins'].flatMap(parent =>
  readdirSync(join(root, parent)).map(name => `${parent}/${name}`),
);
const rootManifest = json('package.json') as Manifest;
const references = (json('tsconfig.json') as { references: { path: string }[] }).references.map(
  ({ path }) => path,
);

test('the root depends on every package, so that configs resolve them', () => {
  const names = folders.map(folder => (json(folder, 'package.json') as Manifest).name);
  const here = Object.keys(rootManifest.devDependencies ?? {}).filter(name => names.includes(name));
  expect(here.toSorted()).toEqual(names.toSorted());
  for (const name of here) expect(rootManifest.devDependencies![name]).toBe('workspace:*');
});

test('`tsc -b` builds every package', () => {
  expect(references.filter(path => path !== './tools').toSorted()).toEqual(
    folders.map(f => `./${f}`).toSorted(),
  );
});

describe.each(folders)('%s', folder => {
  const manifest = json(folder, 'package.json') as Manifest;

  test('has a README that starts with its name', () => {
    expect(readFileSync(join(root, folder, 'README.md'), 'utf8')).toMatch(
      new RegExp(`^# ${manifest.name}\n`),
    );
  });

  test('publishes what it exports here, without the sources', () => {
    const published = Object.entries(manifest.exports).map(([path, target]) => {
      if (typeof target === 'string') return [path, target];
      return [
        path,
        Object.fromEntries(Object.entries(target).filter(([condition]) => condition !== '@tinsmith/source')),
      ];
    });
    expect(manifest.publishConfig.exports).toEqual(Object.fromEntries(published));
  });

  test('states licence and engines', () => {
    expect(manifest).toMatchObject({ license: 'Apache-2.0', engines: { node: '^22.19.0 || >=24.11.0' } });
  });

  test('takes shared versions from the catalog', () => {
    for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      expect(range, name).toBe(range.startsWith('workspace:') ? 'workspace:^' : 'catalog:');
    }
  });

  if (existsSync(join(root, folder, 'src', 'version.ts'))) {
    test('knows its own version', () => {
      expect(readFileSync(join(root, folder, 'src', 'version.ts'), 'utf8')).toContain(
        `export const version = '${manifest.version}';`,
      );
    });
  }

  if (folder.startsWith('plugins/')) {
    test('a plugin has core as a peer and never imports the kernel, the runner or tsyringe', () => {
      const sources = readdirSync(join(root, folder, 'src'), { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
        .map(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
      const usesCore = sources.some(source => source.includes("from '@tinsmith/core'"));
      if (usesCore) expect(manifest.peerDependencies).toMatchObject({ '@tinsmith/core': 'workspace:^' });
      expect(manifest.dependencies ?? {}).not.toHaveProperty('@tinsmith/core');
      for (const source of sources)
        expect(source).not.toMatch(/from '(@tinsmith\/core\/kernel|tinsmith|tsyringe)'/);
    });
  }
});
