/** `tinsmith checkpoints`, with engines that keep their checkpoints in a file. */
import { expect, test } from 'vitest';
import { Project } from './project.js';

/** A store of names in kept.json of the run folder; `command`: also a plugin command that merges. */
const keeping = (engine: string, { publishes = false, merges = false } = {}) => `
import { readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Commands, definePlugin, Engines, RunDirectories, TinsmithError } from '@tinsmith/core';

export default definePlugin({
  name: 'plugin-${engine}',
  version: '1.0.0',
  setup({ provide }) {
    provide(Engines, '${engine}', {
      deps: { directory: RunDirectories },
      create({ directory }) {
        const file = join(directory.path, 'kept.json');
        const kept = () => JSON.parse(readFileSync(file, 'utf8'));
        const change = (path, changes) =>
          writeFileSync(file, JSON.stringify(kept().map(one => (one.path === path ? { ...one, ...changes } : one))));
        return {
          specification: 'v1',
          checkpoints: {
            async *list() { yield* kept(); },
            async info(path) {
              const found = kept().find(one => one.path === path);
              if (found) return found;
              throw new TinsmithError({ code: 'CHECKPOINT_NOT_FOUND', message: 'nothing there', at: path });
            },
            async delete(path) { writeFileSync(file, JSON.stringify(kept().filter(one => one.path !== path))); },
            async setTtl(path, seconds) { change(path, { ttl: seconds }); },
            async download(path, folder) { mkdirSync(folder); writeFileSync(join(folder, 'adapter.txt'), path); },
            ${publishes ? 'async setPublic(path, isPublic) { change(path, { isPublic }); },' : ''}
          },
        };
      },
    });
    ${
      merges
        ? `provide(Commands, 'checkpoints', {
      create: () => ({
        specification: 'v1',
        description: 'merges',
        usage: 'how to merge',
        async run({ arguments: given, print }) {
          let text = '';
          try { text = readFileSync(join(given[1], 'adapter.txt'), 'utf8'); } catch {}
          print(given.join(' ').replace(/\\/.*tinsmith-merge-[^/]*/, 'FETCHED') + ' ' + text);
        },
      }),
    });`
        : ''
    }
  },
});
`;

const state = {
  path: 'far://a/state',
  kind: 'state',
  baseModel: 'Org/model',
  loraRank: 8,
  sizeBytes: 1_234_567,
  createdAt: '2026-01-02T03:04:05Z',
};
const sampler = {
  path: 'far://a/sampler',
  kind: 'sampler',
  expiresAt: '2026-02-02T03:04:05Z',
  isPublic: true,
};

const config = (...plugins: readonly string[]) =>
  JSON.stringify({ plugins: plugins.map(name => `./${name}.ts`), recipe: { use: 'none', with: {} } });

const project = new Project({
  'far.ts': keeping('far', { publishes: true }),
  'near.ts': keeping('near', { merges: true }),
  'tinsmith.config.json': config('far'),
  'both.json': config('far', 'near'),
  'kept.json': JSON.stringify([state, sampler]),
  'runs/a/kept.json': '[]',
});
const run = (...args: readonly string[]) => project.run(['checkpoints', ...args]);

test('lists what the engine keeps, for people and for programs', async () => {
  const { out, code } = await run('list');
  expect(code).toBe(0);
  expect(out).toBe(
    '2026-01-02 03:04  state      1.23 MB  far://a/state\n' +
      '                  sampler             far://a/sampler  until 2026-02-02 03:04  public\n',
  );
  const { out: json } = await run('list', '--json');
  expect(
    json
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as unknown),
  ).toEqual([state, sampler]);
});

test('a run folder has checkpoints of its own, and the config that it recorded or the one of the project', async () => {
  expect(await run('list', '--run', 'runs/a')).toEqual({ code: 0, out: '', error: '' });
});

test('shows one', async () => {
  expect((await run('info', state.path)).out).toBe(`path        far://a/state
kind        state: weights and optimiser, to go on training from
base model  Org/model
trained     LoRA of rank 8
size        1.23 MB
created     2026-01-02T03:04:05Z
kept        for good
`);
  expect(await run('info', 'far://b')).toMatchObject({
    code: 2,
    error: expect.stringContaining('CHECKPOINT_NOT_FOUND') as string,
  });
});

test('fetches, publishes, limits the life of and removes', async () => {
  expect((await run('download', state.path, 'fetched')).out).toBe('wrote fetched\n');
  expect(project.read('fetched/adapter.txt')).toBe(state.path);
  await run('publish', state.path);
  await run('ttl', state.path, '7d');
  await run('unpublish', sampler.path);
  await run('ttl', sampler.path, 'none');
  expect(JSON.parse(project.read('kept.json'))).toEqual([
    { ...state, isPublic: true, ttl: 7 * 86_400 },
    { ...sampler, isPublic: false, ttl: null },
  ]);
  const refused = await run('delete', state.path);
  expect(refused.error).toMatch(/ARGUMENT_MISSING.*for good[^]*--yes/);
  expect((await run('delete', state.path, sampler.path, '--yes')).out).toBe(
    'removed far://a/state\nremoved far://a/sampler\n',
  );
  expect(project.read('kept.json')).toBe('[]');
});

test('a plugin that can merge does it; for an engine of another plugin the checkpoint is fetched first', async () => {
  const both = ['--config', 'both.json'];
  const merged = async (...args: readonly string[]) => (await run('merge', ...args, ...both)).out;
  expect(await merged('far://a', 'out', '--format', 'hf', '--engine', 'far')).toBe(
    'merge FETCHED/checkpoint out --format hf far://a\n',
  );
  expect(await merged('near://a', 'out', '--engine', 'near')).toBe('merge near://a out \n');
  expect(await merged('runs', 'out', '--engine', 'far')).toBe('merge runs out \n');
  expect(await merged('--help', '--engine', 'far')).toContain('how to merge');
  expect((await run('merge', 'far://a', 'out')).error).toMatch(/COMMAND_UNKNOWN[^]*@tinsmith\/engine-local/);
});

test.each([
  ['no action', [], 'ARGUMENT_MISSING', 'one of list, info'],
  ['another action', ['lits'], 'ARGUMENT_INVALID', 'list'],
  ['no path', ['info'], 'ARGUMENT_MISSING', 'info PATH'],
  ['a word too many', ['info', 'a', 'b'], 'ARGUMENT_INVALID', 'info PATH'],
  ['a flag that is none', ['list', '--jsn'], 'FLAG_UNKNOWN', '--json'],
  ['a duration that is none', ['ttl', 'a', 'a week'], 'ARGUMENT_INVALID', '7d'],
  ['an engine that is none', ['list', '--engine', 'fra'], 'ENGINE_UNCLEAR', '--engine far'],
  ['an engine that is not said', ['list', '--config', 'both.json'], 'ENGINE_UNCLEAR', '--engine far'],
  [
    'an engine that publishes nothing',
    ['publish', 'a', '--config', 'both.json', '--engine', 'near'],
    'CHECKPOINTS_UNSUPPORTED',
    'download it',
  ],
])('%s is refused with what to type', async (_, args, code, fix) => {
  const { error, code: exit } = await run(...args);
  expect(exit).toBe(2);
  expect(error).toContain(`error ${code}`);
  expect(error).toContain(fix);
});
