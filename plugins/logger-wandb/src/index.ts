/** Metrics, config, summary, log lines, rollouts and checkpoints of a run on Weights & Biases. */
import {
  CheckpointSaved,
  Commands,
  definePlugin,
  LineLogged,
  MetricSinks,
  RolloutsGraded,
  RunDirectories,
  RunEnd,
  RunShouldStop,
  Secrets,
  TrackerProjects,
  type MetricSink,
} from '@tinsmith/core';
import { optionsSchema } from './settings.js';
import type { TrackedRun } from './tracked-run.js';
import { version } from './version.js';

const say = (text: string) => void process.stderr.write(`wandb: ${text}\n`);

export default definePlugin({
  name: '@tinsmith/logger-wandb',
  version,
  config: optionsSchema,

  setup({ config, provide, hook }) {
    let run: TrackedRun | undefined;
    provide(MetricSinks, {
      deps: { directory: RunDirectories, tracker: TrackerProjects, secrets: Secrets },
      async create(deps): Promise<MetricSink> {
        if (deps.tracker.project === undefined) return withoutTracker;
        const { TrackedRun } = await import('./tracked-run.js');
        run = await TrackedRun.begin(config, { ...deps, environment: process.env, say });
        return run ?? withoutTracker;
      },
      dispose: () => run?.close(),
    });
    hook(LineLogged, ({ line }) => run?.logged(line));
    hook(CheckpointSaved, ({ row }) => run?.checkpointSaved(row));
    hook(
      RolloutsGraded,
      (groups, { step }) => {
        run?.graded(groups, step);
        return groups;
      },
      { order: 'post' }, // with the rewards as other plugins leave them
    );
    hook(RunShouldStop, () => (run?.stopRequested ? { reason: 'stopped on the page of W&B' } : undefined));
    hook(RunEnd, event => run?.ended(event));

    provide(Commands, 'sync', {
      deps: { secrets: Secrets },
      async create({ secrets }) {
        const { syncCommand } = await import('./sync.js');
        return syncCommand({ secrets, environment: process.env });
      },
    });
  },
});

const withoutTracker: MetricSink = { write: async () => {} };
