import { expect, test } from 'vitest';
import { checkName, checkpointFolder, checkpointPath } from './checkpoint-path.js';

const folderOf = (path: string) => checkpointFolder(path, '/run/checkpoints', '/models');

test('a path that a save returned is found under the checkpoint folder, wherever that is', () => {
  expect(folderOf(checkpointPath('000020', 'weights'))).toBe('/run/checkpoints/000020/weights');
});

test('other paths are folders', () => {
  expect(folderOf('/elsewhere/adapter')).toBe('/elsewhere/adapter');
  expect(folderOf('adapters/a')).toBe('/models/adapters/a');
});

test.each([
  'local://checkpoints/../x/weights',
  'local://checkpoints/a/b/weights',
  'local://checkpoints/a',
  'local://checkpoints/a/other',
  'tinker://run/weights/a',
])('%s is refused', path =>
  expect(() => folderOf(path)).toThrow(
    expect.objectContaining({ code: expect.stringMatching(/CHECKPOINT_(PATH|NAME)/) as string }),
  ),
);

test.each(['', '.', '..', '.hidden', 'a/b', 'a\\b', 'ä', 'a b', 'x'.repeat(256)])(
  'the name %j is refused',
  name => {
    expect(() => checkName(name)).toThrow(expect.objectContaining({ code: 'CHECKPOINT_NAME' }));
  },
);

test.each(['000020', 'final', 'step-1_b.2', 'x'.repeat(255)])('the name %j is taken', name => {
  expect(() => checkName(name)).not.toThrow();
});
