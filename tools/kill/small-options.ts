/** Sizes at which an attempt of a recipe takes seconds: many short steps, a checkpoint after each. */
const rl = ['max_steps=6', 'groups_per_batch=4', 'group_size=4', 'save_every=2', 'rolling_save_every=1'];

export const smallOptions: Readonly<Record<string, readonly string[]>> = {
  rl_basic: [...rl, 'eval_every=0'],
  math_rl: [...rl, 'eval_every=0'],
  sl_basic: ['max_steps=6', 'batch_size=4', 'save_every=2', 'rolling_save_every=1', 'eval_every=0'],
  rl_loop: ['max_steps=6', 'batch_size=4', 'group_size=4', 'save_every=1'],
  sl_loop: ['max_steps=6', 'batch_size=4', 'save_every=1'],
};
