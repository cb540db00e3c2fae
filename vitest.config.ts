import { configDefaults, defineConfig } from 'vitest/config';

// Tests run on the sources of the workspace, not on dist.
const conditions = ['@tinsmith/source', 'module', 'node', 'development|production'];

/**
 * Most files share a worker with others, and load what they have in common once. Each of these has one of its own, which ends
 * with it: they keep native sessions and threads, or measure memory and time.
 */
const alone = ['plugins/{engine-*,model-*,grader-*,datasets-hub}', 'packages/create-tinsmith'];
const testsIn = (folder: string) => `${folder}/{src,test}/**/*.test.ts`;

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  oxc: { decorator: { legacy: true } }, // oxc reads a tsconfig only for the files that it includes
  test: {
    reporters: ['default', './tools/vitest/closing-line.ts'],
    fsModuleCache: false, // the cache on disk is not invalidated when tsconfig changes
    testTimeout: 120_000,
    hookTimeout: 120_000, // the first run of a suite loads what all of them use
    maxWorkers: '100%', // the default leaves one core idle, which is half of a machine with two
    server: { deps: { inline: [/@tinsmith\//, /tinsmith-/] } }, // a packed plugin must see the same core
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: [testsIn('{packages,plugins}/*'), 'tools/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...alone.map(testsIn)],
          isolate: false,
        },
      },
      { extends: true, test: { name: 'alone', include: alone.map(testsIn) } },
    ],
  },
});
