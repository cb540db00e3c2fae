/** Live progress and a closing summary on the terminal. */
import { readdir } from 'node:fs/promises';
import {
  CheckpointSaved,
  definePlugin,
  RolloutsGraded,
  RunEnd,
  RunStart,
  SpanEnd,
  SpanStart,
  StepEnd,
  WaitReported,
} from '@tinsmith/core';
import { describeTerminal } from '@tinsmith/terminal';
import { z } from 'zod';
import { RunConsole } from './console.js';
import { version } from './version.js';

export default definePlugin({
  name: '@tinsmith/logger-console',
  version,
  config: z.strictObject({
    metric: z
      .string()
      .min(1)
      .optional()
      .describe("The metric that is shown and plotted. Default: the run's reward or loss."),
    samples: z.int().min(0).default(3).describe('Answers shown at the end, of the first and the last step.'),
  }),

  setup({ config, hook }) {
    const { stdout, stderr } = process;
    const screen = new RunConsole(config, {
      output: stdout,
      terminal: describeTerminal(stdout, process.env),
      shared: stderr.isTTY ? [stdout, stderr] : [stdout],
      now: () => performance.now(),
      listFiles,
    });

    hook(RunStart, event => screen.started(event));
    hook(SpanStart, event => screen.waitStarted(event));
    hook(SpanEnd, event => screen.waitEnded(event));
    hook(WaitReported, event => screen.waitReported(event));
    hook(StepEnd, event => screen.stepEnded(event));
    hook(CheckpointSaved, ({ row }) => screen.checkpointSaved(row));
    hook(
      RolloutsGraded,
      (groups, { step }) => {
        screen.graded(groups, step);
        return groups;
      },
      { order: 'post' }, // with the rewards as other plugins leave them
    );
    hook(RunEnd, event => screen.ended(event));
  },
});

/** There while the run is, so still there when the summary is written. */
const LOCK_FILE = 'run.lock';

/** Names in order, folders with a slash, without the lock. A folder that cannot be read has none to show. */
async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter(entry => entry.name !== LOCK_FILE)
    .map(entry => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .toSorted();
}
