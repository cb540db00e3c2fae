import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { apiReport } from './report.ts';

function reportOf(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tinsmith-api-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return apiReport({
    folder,
    shortName: 'thing',
    manifest: {
      name: 'thing',
      version: '1.0.0',
      exports: { '.': { types: './dist/index.d.ts' }, './package.json': './package.json' },
    },
  });
}

/** What stands in the report, without headings and comments. */
const declarations = (report: string) =>
  report
    .split('\n')
    .filter(line => line !== '' && !/^(#|<!--|```)/.test(line))
    .join('\n');

test('names that are exported come first, what they name in turn after them, and nothing else', () => {
  const report = reportOf({
    'dist/index.d.ts': `export * from './deep/a.js';\nexport { b as second } from './b.js';\nexport { z } from 'zod';`,
    'dist/deep/a.d.ts': `import type { Behind } from '../b.js';\n/** Doc. */\nexport declare const a: Behind;`,
    'dist/b.d.ts': `interface Further { readonly n: number }\nexport interface Behind extends Further {\n}\nexport declare function b(): void;\nexport declare const unused: 1;`,
  });
  expect(report).toBe(`# API of thing

<!-- Generated from the declarations by \`npm run reference\`: a change here is a change for users. -->

## thing

\`\`\`ts
const a: Behind;

// second
function b(): void;

export { z } from 'zod';
\`\`\`

## Named by these, not exported

\`\`\`ts
interface Behind extends Further {
}

interface Further { readonly n: number }
\`\`\`
`);
});

test('comments, private members and the file that something stands in change nothing', () => {
  const before = reportOf({
    'dist/index.d.ts': `export declare class A {\n    #private;\n    private readonly hidden;\n    shown: string;\n}`,
  });
  const after = reportOf({
    'dist/index.d.ts': `export { A } from './a.js';`,
    'dist/a.d.ts': `/** Now with words. */\nexport declare class A {\n    /** More. */\n    shown: string;\n}`,
  });
  expect(after).toBe(before);
  expect(declarations(after)).toBe('class A {\n    shown: string;\n}');
});

test.each(['number', 'string'])('the type of an option (%s) is seen where only a function names it', type => {
  const report = reportOf({
    'dist/index.d.ts': `import type { Options } from './options.js';\nexport default function run(options: Options): void;`,
    'dist/options.d.ts': `export interface Options {\n    readonly steps: ${type};\n}`,
  });
  expect(declarations(report)).toBe(
    `// default\nfunction run(options: Options): void;\ninterface Options {\n    readonly steps: ${type};\n}`,
  );
});

test('overloads stay together, and a namespace shows what is in it', () => {
  const report = reportOf({
    'dist/index.d.ts': `export * as rest from './rest.js';\nexport declare function f(a: 1): 1;\nexport declare function f(a: 2): 2;`,
    'dist/rest.d.ts': `export interface Answer {\n    ok: boolean;\n}`,
  });
  expect(declarations(report)).toBe(
    'function f(a: 1): 1;\nfunction f(a: 2): 2;\nnamespace rest { Answer }\ninterface Answer {\n    ok: boolean;\n}',
  );
});

test('a declaration that has not been built is named', () => {
  expect(() => reportOf({ 'dist/index.d.ts': `export * from './gone.js';` })).toThrow(/build first/);
});
