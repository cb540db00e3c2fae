/** The keys of a config: their one spelling inside, and the other spellings that are accepted. */
import { z } from 'zod';

/** Existing run folder: what to do. `delete` is the Cookbook's word for `overwrite`. */
export const ifExistsValues = ['ask', 'resume', 'overwrite', 'delete', 'raise'] as const;

/** What is left of a config when `extends` and `plugins` have been dealt with. */
export const settingsSchema = z.strictObject({
  name: z.string().min(1).optional(),
  seed: z.int().nonnegative().default(0),
  logPath: z.string().min(1).optional(),
  wandbProject: z.string().min(1).optional(),
  wandbName: z.string().min(1).optional(),
  ifExists: z.enum(ifExistsValues).default('ask'),
  strict: z.boolean().default(false),
  recipe: z.strictObject({
    use: z.string().min(1),
    with: z.record(z.string(), z.unknown()).default({}),
  }),
});

export type Settings = z.output<typeof settingsSchema>;

/** Keys of a config file, in their one spelling. `recorded` is what a run wrote about itself in config.json. */
export const configKeys = ['extends', 'plugins', 'recorded', ...Object.keys(settingsSchema.shape)];

export const otherSpellings: Readonly<Record<string, string>> = {
  log_path: 'logPath',
  wandb_project: 'wandbProject',
  wandb_name: 'wandbName',
  if_exists: 'ifExists',
  behavior_if_log_dir_exists: 'ifExists',
};

export const canonicalKey = (key: string): string => otherSpellings[key] ?? key;
