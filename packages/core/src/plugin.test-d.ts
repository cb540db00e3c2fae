/** What must not compile. Checked by `tsc -b`. */
import { z } from 'zod';
import {
  Commands,
  definePlugin,
  defineRecipe,
  Engines,
  MetricSinks,
  optional,
  RowSources,
  RunDirectories,
  RunShouldStop,
  waterfall,
} from './index.js';

const plugin = definePlugin({
  name: 'p',
  version: '1',
  config: z.object({ file: z.string(), limit: z.number().default(1) }),
  setup({ config, provide, hook }) {
    config.file.toUpperCase();
    // @ts-expect-error there is no such option
    void config.path;

    provide(MetricSinks, {
      deps: { directory: RunDirectories },
      create: ({ directory }) => ({ write: () => directory.append('f', '') }),
    });
    provide(MetricSinks, {
      deps: { rows: optional(RowSources) },
      // @ts-expect-error there may be no rows
      create: ({ rows }) => ({ write: async () => void rows.open({ source: 's' }) }),
    });
    // @ts-expect-error nothing is provided as an option
    provide(optional(RowSources), { create: () => Promise.reject(new Error()) });
    // @ts-expect-error a metric sink has `write`
    provide(MetricSinks, { create: () => ({}) });
    // @ts-expect-error a named token wants a name
    provide(Engines, { create: () => Promise.reject(new Error()) });

    hook(RunShouldStop, () => ({ reason: 'enough' }));
    // @ts-expect-error the answer is an object with a reason
    hook(RunShouldStop, () => 'enough');
    const Doubled = waterfall<number, { step: number }>('doubled');
    hook(Doubled, value => value * 2);
    // @ts-expect-error a waterfall handler returns the value
    hook(Doubled, value => void value);
  },
});

plugin({ file: 'a' });
// @ts-expect-error `file` is required
plugin();
// @ts-expect-error `file` is a string
plugin({ file: 1 });

const plain = definePlugin({
  name: 'plain',
  version: '1',
  setup({ config, provide }) {
    // @ts-expect-error a plugin without a schema has no options
    void config.file;
    // @ts-expect-error a command has a description
    provide(Commands, 'report', { create: () => ({ specification: 'v1', async run() {} }) });
  },
});
plain();
plain({});
// @ts-expect-error a plugin without a schema takes no options
plain({ file: 'a' });

defineRecipe({
  uses: { engine: Engines },
  options: z.object({ engine: z.string(), steps: z.number() }),
  async run(_run, options, { engine }) {
    await engine.createLoraTrainingClient({ baseModel: 'm', rank: options.steps });
    // @ts-expect-error an engine has no such method
    await engine.train();
  },
});

defineRecipe({
  // @ts-expect-error only named tokens can be picked by an option
  uses: { sinks: MetricSinks },
  options: z.object({}),
  async run() {},
});
