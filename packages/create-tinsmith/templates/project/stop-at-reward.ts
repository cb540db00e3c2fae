/** A plugin of our own: ends the run when the model is good enough. */
import { definePlugin, RunShouldStop } from '@tinsmith/core';

export default definePlugin({
  name: 'stop-at-reward',
  version: '0.0.0',
  setup({ hook }) {
    hook(RunShouldStop, ({ metrics }) =>
      (metrics['env/all/reward/total'] ?? 0) >= 0.98 ? { reason: 'the reward has reached 0.98' } : undefined,
    );
  },
});
