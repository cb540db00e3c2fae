/** Sizes at which an attempt of a recipe takes seconds: many short steps, a checkpoint after each. */
const rl = ['max_steps=6', 'groups_per_batch=4', 'group_size=4', 'save_every=2', 'rolling_save_every=1'];

export const smallOptions: Readonly<Record<string, readonly string[]>> = {
  rl_basic: [...rl, 'eval_every=0'],
  math_rl: [...rl, 'eval_every=0'],
  sl_basic: ['max_steps=6', 'batch_size=4', 'save_every=2', 'rolling_save_every=1', 'eval_every=0'],
  chat_sl: ['max_steps=6', 'batch_size=4', 'save_every=2', 'rolling_save_every=1', 'eval_every=0'],
  dpo: ['max_steps=6', 'batch_size=4', 'test_size=4', 'save_every=2', 'rolling_save_every=1', 'eval_every=2'],
  shorter: ['max_steps=6', 'batch_size=2', 'group_size=4', 'save_every=2', 'rolling_save_every=1'],
  rlhf: [
    'sft_max_steps=3',
    'rm_max_steps=3',
    'rl_max_steps=3',
    'batch_size=4',
    'win_rate_size=4',
    'eval_every=2',
    'save_every=2',
    'rolling_save_every=1',
  ],
  prompt_distillation: [
    'preset=letter',
    'max_steps=6',
    'batch_size=4',
    'save_every=2',
    'rolling_save_every=1',
    'eval_every=0',
  ],
  rl_loop: ['max_steps=6', 'batch_size=4', 'group_size=4', 'save_every=1'],
  sl_loop: ['max_steps=6', 'batch_size=4', 'save_every=1'],
  text_arena: ['max_steps=5', 'batch_size=8', 'save_every=2', 'rolling_save_every=1', 'eval_every=0'],
};
