import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { run } from '../rehearsal/run.ts';
import { configBlocks, writeBlock } from './config-blocks.ts';

const root = join(import.meta.dirname, '..', '..');
const command = join(root, 'packages', 'runner', 'bin', 'tinsmith.js');
const blocks = configBlocks(root);

test('there are configs to check', () => {
  expect(blocks.length).toBeGreaterThan(10);
});

test.concurrent.for(blocks)(
  'the config at $place passes tinsmith check',
  async (block, { expect: expectHere }) => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tinsmith-block-')));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const config = writeBlock(block, folder, root);
    const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' };
    const printed = await run(process.execPath, [command, 'check', '--config', config, 'log_path=runs/a'], {
      cwd: folder,
      env,
    });
    expectHere(printed).toMatch(/\nok\n$/);
  },
);
