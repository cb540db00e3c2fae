/** One line per metric and step: `step <tab> name <tab> value`. */
import { definePlugin, MetricSinks, RunDirectories, type RunDirectory } from '@tinsmith/core';
import { z } from 'zod';

const config = z.strictObject({
  file: z.string().default('metrics.tsv').describe('Relative to the run folder.'),
});

export default definePlugin({
  name: '{{name}}',
  version: '0.1.0',
  config,

  setup({ config: { file }, provide }) {
    provide(MetricSinks, {
      deps: { directory: RunDirectories },
      create: ({ directory }) => ({
        // A run that goes on from step N repeats what came after its checkpoint: those lines must go.
        open: ({ nextStep }) => keepBefore(nextStep, file, directory),
        async write({ step, metrics }) {
          for (const [name, value] of Object.entries(metrics)) {
            await directory.append(file, [step, JSON.stringify(name), value].join('\t'));
          }
        },
      }),
    });
  },
});

async function keepBefore(nextStep: number, file: string, directory: RunDirectory): Promise<void> {
  const lines = (await directory.read(file))?.split('\n').filter(Boolean);
  if (!lines) return;
  const kept = lines.filter(line => Number(line.split('\t')[0]) < nextStep);
  await directory.write(file, kept.map(line => `${line}\n`).join(''));
}
