import { defineConfig } from 'vitest/config';

// Tests run on the sources of the workspace, not on dist.
const conditions = ['@tinsmith/source', 'module', 'node', 'development|production'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  oxc: { decorator: { legacy: true } }, // oxc reads a tsconfig only for the files that it includes
  test: {
    include: ['{packages,plugins}/*/{src,test}/**/*.test.ts', 'tools/**/*.test.ts'],
    reporters: ['default', './tools/vitest/closing-line.ts'],
    fsModuleCache: false, // the cache on disk is not invalidated when tsconfig changes
    testTimeout: 120_000,
    server: { deps: { inline: [/@tinsmith\//, /tinsmith-/] } }, // a packed plugin must see the same core
  },
});
