/**
 * The remote engine as a plugin: provides the engine `tinker`, and ends a run before it goes beyond its budget. The client is
 * loaded only when the engine is chosen; programs import `@tinsmith/engine-tinker/engine`.
 */
import {
  definePlugin,
  Engines,
  Models,
  RunEnd,
  RunShouldStop,
  RunStart,
  Secrets,
  StepEnd,
  WaitReported,
} from '@tinsmith/core';
import { Budget } from './budget.js';
import { engineTinkerOptions } from './options.js';
import { priceOf } from './prices.js';
import { RunBudget } from './run-budget.js';
import { version } from './version.js';

export type { TinkerEngine } from './engine.js';

const HOSTED_URL = 'https://tinker.thinkingmachines.dev/services/tinker-prod';

export default definePlugin({
  name: '@tinsmith/engine-tinker',
  version,
  config: engineTinkerOptions,

  setup({ config, provide, hook, emit }) {
    const { maxTokens, maxCost, prices } = config;
    const baseUrl = config.baseUrl ?? (process.env['TINKER_BASE_URL'] || HOSTED_URL);
    const budget = new Budget({ maxTokens, maxCost, priceOf: model => priceOf(model, { baseUrl, prices }) });
    const run = new RunBudget(budget);
    let name: string | undefined;
    let reason: 'success' | 'errored' | 'interrupted' = 'interrupted';

    provide(Engines, 'tinker', {
      deps: { secrets: Secrets, models: Models },
      async create({ secrets, models }) {
        run.requireRoom();
        const { TinkerEngine } = await import('./tinker-engine.js');
        return new TinkerEngine({
          ...config,
          baseUrl,
          apiKey: secrets.require('TINKER_API_KEY'),
          displayName: name,
          budget,
          models,
          onWait: event =>
            emit(WaitReported, { ...event, what: `${event.what} at ${new URL(baseUrl).host}` }),
        });
      },
      dispose: engine => engine.close(reason),
    });

    hook(RunStart, event => {
      ({ name } = event);
      return run.started(event.logPath);
    });
    hook(StepEnd, () => run.stepEnded());
    hook(RunShouldStop, event => run.stopReason(event));
    hook(RunEnd, ({ outcome }) => {
      reason = outcome === 'failed' ? 'errored' : 'success';
      return run.ended();
    });
  },
});
