/** Metrics as a file in the run folder, one line of JSON per step. */
import { definePlugin, MetricSinks, RunDirectories } from '@tinsmith/core';
import { z } from 'zod';
import { metricsFile } from './metrics-file.js';
import { version } from './version.js';

export { formatMetricRow as formatRow, parseMetricRow as parseRow } from '@tinsmith/core';

export default definePlugin({
  name: '@tinsmith/logger-jsonl',
  version,
  config: z.strictObject({
    file: z.string().min(1).default('metrics.jsonl').describe('In the run folder.'),
  }),

  setup({ config, provide }) {
    provide(MetricSinks, {
      deps: { directory: RunDirectories },
      create: ({ directory }) => metricsFile(directory, config.file),
    });
  },
});
