/**
 * Sizes at which an attempt of a recipe takes seconds: many short steps, a checkpoint after each, and evaluations between them
 * where they are cheap.
 */
const steps = ['max_steps=6', 'save_every=2', 'rolling_save_every=1'];
const rl = [...steps, 'groups_per_batch=4', 'group_size=4'];
const distillation = [...steps, 'eval_every=3'];

const smallOptions: Readonly<Record<string, readonly string[]>> = {
  rl_basic: [...rl, 'eval_every=0'],
  math_rl: [...rl, 'eval_every=0'],
  sl_basic: [...steps, 'batch_size=4', 'eval_every=0'],
  chat_sl: [...steps, 'batch_size=4', 'eval_every=0'],
  dpo: [...steps, 'batch_size=4', 'test_size=4', 'eval_every=2'],
  shorter: [...steps, 'batch_size=1', 'group_size=4'],
  rlhf: [
    'sft_max_steps=3',
    'rm_max_steps=3',
    'rl_max_steps=3',
    'batch_size=4',
    'rl_batch_size=2',
    'win_rate_size=4',
    'eval_every=2',
    'save_every=2',
    'rolling_save_every=1',
  ],
  prompt_distillation: [...steps, 'preset=letter', 'batch_size=4', 'eval_every=0'],
  rl_loop: ['max_steps=6', 'batch_size=4', 'group_size=4', 'save_every=1'],
  sl_loop: ['max_steps=6', 'batch_size=4', 'save_every=1'],
  text_arena: [...steps, 'batch_size=4', 'num_test_datapoints=4', 'eval_every=2'],
  guess_number: [...steps, 'batch_size=2', 'group_size=4', 'test_group_size=2', 'eval_every=3'],
  twenty_questions: [...steps, 'max_steps=4', 'batch_size=2', 'group_size=4', 'eval_every=0'],
  search_tool: [...steps, 'batch_size=4', 'group_size=4', 'test_size=8', 'eval_every=3'],
  on_policy_distillation: [...distillation, 'groups_per_batch=4', 'group_size=4'],
  off_policy_distillation: [...distillation, 'batch_size=4'],
  multi_teacher_distillation: [...distillation, 'group_size=2'],
};

/** Besides each recipe with these sizes: what takes another way through the same recipe. */
const others = [['off_policy_distillation', 'soft_targets=20']];

/** After `tinsmith run`: `own` options of a recipe come last, and so count. */
export const smallRun = (recipe: string, own: readonly string[] = []): string[] => [
  recipe,
  ...(smallOptions[recipe] ?? []),
  ...own,
];

export const smallRuns = [
  ...Object.keys(smallOptions).map(recipe => smallRun(recipe)),
  ...others.map(([recipe, ...own]) => smallRun(recipe!, own)),
];
