/** The configs that READMEs and docs show, and what they need to be checked as they stand. */
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { stepsOf } from './steps.ts';

export interface ConfigBlock {
  /** The page, relative to the workspace, with the line of the block. */
  readonly place: string;
  readonly page: string;
  readonly text: string;
}

const pages = ['README.md', 'docs/**/*.md', 'packages/*/README.md', 'plugins/*/README.md'];
/** Their configs have what the guide makes: `guides.test.ts` does all that they say, with `tinsmith check` among it. */
const followed = ['write-a-plugin', 'your-own-task', 'train-your-agent'].map(
  name => `docs/guides/${name}.md`,
);

export function configBlocks(root: string): readonly ConfigBlock[] {
  return globSync(pages, { cwd: root, exclude: followed })
    .toSorted()
    .flatMap(name => {
      const page = readFileSync(join(root, name), 'utf8');
      return [...page.matchAll(/^```ya?ml\n(.*?)^```$/gms)].map(({ 1: text = '', index }) => ({
        place: `${name}:${page.slice(0, index).split('\n').length}`,
        page,
        text,
      }));
    });
}

/** What a block leaves out that only shows one plugin or one key: all recipes and what they need. */
function base(root: string): string {
  const needed = ['engine-local', 'model-pocket', 'renderers-chat', 'datasets-hub'];
  const recipes = readdirSync(join(root, 'plugins')).filter(name => name.startsWith('recipe-'));
  const plugins = [...needed, ...recipes].map(name => `  - '@tinsmith/${name}'\n`).join('');
  return `plugins:\n${plugins}recipe: { use: math_rl, with: { engine: local, modelName: pocket } }\n`;
}

/** A row that any recipe can read. */
const row = {
  question: 'What is 4 + 5?',
  answer: '#### 9',
  messages: [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Hello' },
  ],
};

/**
 * Writes the config with the other files of its page and stand-ins for files of the reader's. Returns the config to check,
 * relative to `folder`.
 */
export function writeBlock({ page, text }: ConfigBlock, folder: string, root: string): string {
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const step of stepsOf(page)) {
    if (!('file' in step)) continue;
    mkdirSync(dirname(join(folder, step.file)), { recursive: true });
    writeFileSync(join(folder, step.file), step.content);
  }
  for (const path of localPaths(parse(text))) standIn(join(folder, path));
  writeFileSync(join(folder, 'block.yaml'), text);
  writeFileSync(join(folder, 'base.yaml'), base(root));
  writeFileSync(join(folder, 'completed.yaml'), 'extends: [./base.yaml, ./block.yaml]\n');
  return isWhole(parse(text)) ? 'block.yaml' : 'completed.yaml';
}

const isWhole = (config: { readonly recipe?: { readonly with?: { readonly engine?: string } } }) =>
  config.recipe?.with?.engine !== undefined;

/** Values anywhere in a config that are paths of files beside it. */
function localPaths(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.startsWith('./') ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(localPaths) : [];
}

const plugin = `import { definePlugin } from '@tinsmith/core';
export default definePlugin({ name: 'of-the-reader', version: '1.0.0', setup() {} });
`;

/** A plugin, a file of rows, or a folder. */
function standIn(path: string): void {
  if (existsSync(path)) return;
  if (path.endsWith('.ts')) writeFileSync(path, plugin);
  else if (/\.\w+$/.test(path)) writeFileSync(path, `${JSON.stringify(row)}\n`.repeat(200));
  else mkdirSync(path, { recursive: true });
}
