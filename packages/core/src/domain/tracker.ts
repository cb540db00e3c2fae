/** Experiment trackers such as Weights & Biases: where the user wants a run to appear. */
import { one } from '../token.js';

export interface TrackerProject {
  /** `wandb_project` of the config; undefined: the user wants no tracker. */
  readonly project: string | undefined;
  /** `wandb_name` of the config, else the name of the run. */
  readonly name: string;
}

/**
 * Depend on it in a logger that sends metrics to a tracker: a run with `wandb_project` and no provider that
 * depends on this token warns that nobody takes the project.
 */
export const TrackerProjects = one<TrackerProject>('tracker-project');
