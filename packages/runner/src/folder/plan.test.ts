import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createFolder, planNewFolder } from './plan.js';

function place(): string {
  const path = mkdtempSync(join(tmpdir(), 'tinsmith-plan-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test('a new folder is planned under the name that it would get, and nothing is created', async () => {
  const above = place();
  const path = join(above, 'run');
  expect(await planNewFolder(path)).toMatchObject({ path, action: 'create' });
  mkdirSync(path);
  symlinkSync('nowhere', `${path}-2`); // takes the name, though nothing is there
  expect(await planNewFolder(path)).toMatchObject({ path: `${path}-3`, action: 'create' });
  expect(readdirSync(above)).toEqual(['run', 'run-2']);
});

test('a name that is taken between plan and run is passed over', async () => {
  const path = join(place(), 'run');
  const plans = [await planNewFolder(path), await planNewFolder(path)];
  const made = await Promise.all(plans.map(createFolder));
  expect(made.map(folder => folder.path).toSorted()).toEqual([path, `${path}-2`]);
  for (const { lock } of made) await lock.release();
});
