import { expect, test } from 'vitest';
import { unset } from './merge.js';
import { parseBare, parseSet } from './overrides.js';

test.for([
  ['learning_rate=4e-5', ['recipe', 'with', 'learningRate'], 4e-5],
  ['flag=True', ['recipe', 'with', 'flag'], true],
  ['flag=false', ['recipe', 'with', 'flag'], false],
  ['model=@org/name', ['recipe', 'with', 'model'], '@org/name'],
  ['model=Qwen/Qwen3-8B', ['recipe', 'with', 'model'], 'Qwen/Qwen3-8B'],
  ['model="3"', ['recipe', 'with', 'model'], '3'],
  ['note=a=b', ['recipe', 'with', 'note'], 'a=b'],
  ['sizes=[1, 2]', ['recipe', 'with', 'sizes'], [1, 2]],
  ['env_options.max_number=3', ['recipe', 'with', 'envOptions', 'max_number'], 3],
  ['loss=None', ['recipe', 'with', 'loss'], unset],
  ['loss=null', ['recipe', 'with', 'loss'], null],
  ['seed=3', ['seed'], 3],
  ['log_path=2026', ['logPath'], '2026'],
  ['behavior_if_log_dir_exists=resume', ['ifExists'], 'resume'],
  ['log_path=None', ['logPath'], unset],
  ['wandb_project=None', ['wandbProject'], unset],
  ['wandb_name=None', ['wandbName'], unset],
  ['wandb_name=1e5', ['wandbName'], '1e5'],
] as const)('%s', ([argument, path, value]) => {
  expect(parseBare(argument)).toEqual({ path, value, given: argument });
});

test('--set begins at the top of the config', () => {
  expect(parseSet('recipe.with.max_steps=1')).toEqual({
    path: ['recipe', 'with', 'maxSteps'],
    value: 1,
    given: '--set recipe.with.max_steps=1',
  });
  expect(parseSet('plugins[@a/b].with.file=x')).toMatchObject({
    path: ['plugins', '@a/b', 'with', 'file'],
    value: 'x',
  });
});

test('what looks like a secret is not shown again', () => {
  expect(parseSet('plugins[x].with.api_key=s3cr3t').given).toBe('--set plugins[x].with.api_key=...');
});
