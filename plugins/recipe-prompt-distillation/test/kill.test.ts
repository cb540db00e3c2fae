/**
 * create_data is killed with SIGKILL at seeded moments and called again until it is through. `TINSMITH_KILLS=200` for as many; with
 * it, or with all tests, the real command with a real model is killed, too.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createRandom, type Random } from '@tinsmith/model-pocket/tasks';
import { expect, test } from 'vitest';
import { isFull } from '../../../tools/vitest/full.js';
import { newFolder } from '../../recipe-rl-loop/test/rows.js';

const kills = Number(process.env['TINSMITH_KILLS'] ?? (isFull ? 20 : 3));
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

interface Command {
  readonly args: readonly string[];
  readonly journal: string;
  /** Lines of the journal when it is whole: settings, and an answer each. */
  readonly length: number;
}

/** Kills it when the journal has got to a length that is drawn, and a moment more; true if it was still there. */
async function attempt({ args, journal, length }: Command, random: Random | undefined): Promise<boolean> {
  const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const closed = once(child, 'close') as Promise<[number | null, string | null]>;
  const wanted = random?.integer(linesOf(journal), length);
  const looking =
    random &&
    setInterval(() => {
      if (linesOf(journal) < wanted!) return;
      clearInterval(looking);
      setTimeout(() => child.kill('SIGKILL'), random.integer(0, 6));
    }, 1);
  const [code, signal] = await closed;
  clearInterval(looking);
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(errors);
  return signal === 'SIGKILL';
}

const linesOf = (file: string): number =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;

const read = (folder: string) => readFileSync(join(folder, 'data.jsonl'), 'utf8');

interface Killed {
  readonly folder: string;
  readonly kills: number;
  readonly found: string;
}

/**
 * What one that was left alone wrote, and folders in which the making was killed until it was through: so many that the kills come
 * to `kills`. One whose answers are all there is left to end, as there is next to nothing left to kill.
 */
async function killAndCompare(commandFor: (folder: string) => Command, seed: number) {
  const random = createRandom(seed);
  const whole = newFolder();
  await attempt(commandFor(whole), undefined);
  const killed: Killed[] = [];
  for (let left = kills; left > 0;) {
    const folder = newFolder();
    const command = commandFor(folder);
    const before = left;
    for (let isOver = false; !isOver;) {
      const isLeftAlone = left === 0 || linesOf(command.journal) >= command.length;
      isOver = !(await attempt(command, isLeftAlone ? undefined : random));
      if (!isOver) left--;
    }
    killed.push({ folder, kills: before - left, found: read(folder) });
  }
  return { expected: read(whole), killed };
}

const imports = pathToFileURL(path('../../../packages/hub/test/typescript-imports.mjs')).href;
const COUNT = 200;
const CONCURRENCY = 4;

test('killed at any moment, it loses no example, doubles none, and asks again only for what was on its way', async () => {
  const { expected, killed } = await killAndCompare(
    folder => ({
      args: [
        `--import=${imports}`,
        path('create-once.ts'),
        join(folder, 'data.jsonl'),
        join(folder, 'asked.txt'),
        String(COUNT),
      ],
      journal: join(folder, 'data.jsonl.journal'),
      length: 1 + COUNT,
    }),
    7,
  );
  const texts = expected
    .trimEnd()
    .split('\n')
    .map(line => (JSON.parse(line) as { messages: { content: string }[] }).messages[0]!.content);
  expect(texts).toEqual(Array.from({ length: COUNT }, (_, i) => `text ${i}`));
  for (const { folder, kills: count, found } of killed) {
    expect(found).toBe(expected);
    expect(linesOf(join(folder, 'asked.txt'))).toBeLessThanOrEqual(COUNT + count * CONCURRENCY);
  }
});

test.runIf(isFull || process.env['TINSMITH_KILLS'])(
  'the command with a model: the same bytes as one that was left alone',
  { timeout: 3_600_000 },
  async () => {
    const { expected, killed } = await killAndCompare(
      folder => ({
        args: [
          path('../../../packages/runner/bin/tinsmith.js'),
          'create_data',
          '--config',
          path('../../../configs/prompt-distillation/language-pocket.yaml'),
          '--model=pocket-teacher',
          '--prompt',
          path('../data/language-prompt.txt'),
          '--input',
          path('../data/language-sentences.txt'),
          '--answer=Final Answer: (\\w+)',
          '--max-tokens=16',
          '--output',
          join(folder, 'data.jsonl'),
        ],
        journal: join(folder, 'data.jsonl.journal'),
        length: 1 + 192,
      }),
      3,
    );
    for (const { found } of killed) expect(found).toBe(expected);
  },
);
