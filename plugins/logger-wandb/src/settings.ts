/** Options and environment variables as one: an option wins over its variable. */
import { TinsmithError, type TrackerProject } from '@tinsmith/core';
import { z } from 'zod';
import { PUBLIC_SERVER } from './account.js';
import type { ResumePolicy } from './delivery.js';
import { newRunId, type RunRecord } from './record.js';

export const optionsSchema = z.strictObject({
  entity: z.string().min(1).optional().describe('User or team. Default: WANDB_ENTITY, else whose key it is.'),
  baseUrl: z.url().optional().describe(`The server. Default: WANDB_BASE_URL, else ${PUBLIC_SERVER}.`),
  group: z.string().min(1).optional().describe('Shown together with other runs of the group.'),
  tags: z.array(z.string().min(1)).optional(),
  rolloutsEvery: z.int().min(0).default(10).describe('Steps between tables of rollouts; 0: none.'),
  rolloutGroups: z
    .int()
    .positive()
    .default(4)
    .describe('Groups of rollouts in a table, from the start of the batch.'),
  console: z.boolean().default(true).describe('Whether lines of the log are sent.'),
  sendEverySeconds: z.number().positive().default(15),
  finishSeconds: z
    .number()
    .positive()
    .default(10)
    .describe('How long the end of a run may wait for the server.'),
});
export type WandbOptions = z.infer<typeof optionsSchema>;

export type Environment = Readonly<Record<string, string | undefined>>;

export type Mode = 'online' | 'offline' | 'disabled';

/** Throws WANDB_MODE_UNKNOWN. */
export function modeOf({ WANDB_MODE: given }: Environment): Mode {
  const mode = given || 'online';
  if (mode === 'online' || mode === 'offline' || mode === 'disabled') return mode;
  throw new TinsmithError({
    code: 'WANDB_MODE_UNKNOWN',
    message: 'WANDB_MODE says when to send',
    found: mode,
    fix: 'online, offline or disabled',
  });
}

export const baseUrlOf = (options: Pick<WandbOptions, 'baseUrl'>, environment: Environment): string =>
  options.baseUrl ?? (environment['WANDB_BASE_URL'] || PUBLIC_SERVER);

/** Of a run id that the user has given. */
export function resumePolicyOf({ WANDB_RESUME: given }: Environment): ResumePolicy {
  if (given === 'must') return 'must';
  return given === 'allow' || given === 'auto' ? 'allow' : 'refuse';
}

/** Of a run folder that has never logged to W&B. */
export function freshRecord(
  options: WandbOptions,
  { project, name }: TrackerProject & { project: string },
  environment: Environment,
): RunRecord {
  const entity = options.entity ?? (environment['WANDB_ENTITY'] || undefined);
  return {
    id: environment['WANDB_RUN_ID'] || newRunId(),
    baseUrl: baseUrlOf(options, environment),
    project,
    name,
    ...(entity !== undefined && { entity }),
    ...(options.group !== undefined && { group: options.group }),
    ...(options.tags !== undefined && { tags: options.tags }),
    attempt: 0,
    offered: 0,
    uploaded: 0,
    foreign: { history: 0, console: 0 },
    stepShift: 0,
  };
}
