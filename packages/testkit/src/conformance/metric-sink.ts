/** What every metric sink must do, whatever it writes to. */
import { type ConfiguredPlugin, MetricSinks, type MetricSink } from '@tinsmith/core';
import { describe, expect, test } from 'vitest';
import { createTestKit, type TestKitOptions } from '../kit.js';

/** Where the sink is tried: secrets and tracker, for those that need them. */
export type SinkSurroundings = Omit<TestKitOptions, 'plugins'>;

/** Declares the tests of a plugin that provides one metric sink. `plugin` gives a configured one for each test. */
export function metricSinkConformance(plugin: () => ConfiguredPlugin, around: SinkSurroundings = {}): void {
  const { name } = plugin().definition;

  describe(`${name} is a metric sink`, () => {
    test('takes rows in turn, with one and with many metrics', async () => {
      await withSink({ plugin, around }, 0, async sink => {
        await sink.write({ step: 0, metrics: { 'env/all/reward/total': 0.5 } });
        await sink.write({
          step: 1,
          metrics: Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`area/${i}`, i])),
        });
      });
    });

    test('takes rows that are not awaited one by one', async () => {
      await withSink({ plugin, around }, 0, async sink => {
        await Promise.all(
          Array.from({ length: 50 }, (_, step) => sink.write({ step, metrics: { loss: step } })),
        );
      });
    });

    test('takes NaN, infinities, an empty row and unusual names', async () => {
      await withSink({ plugin, around }, 0, async sink => {
        await sink.write({
          step: 0,
          metrics: { a: Number.NaN, b: Number.POSITIVE_INFINITY, c: Number.NEGATIVE_INFINITY },
        });
        await sink.write({ step: 1, metrics: {} });
        await sink.write({ step: 2, metrics: { 'näme with "quotes"\n': 1 } });
      });
    });

    test('opens in the middle of a run', async () => {
      await withSink({ plugin, around }, 7, sink => sink.write({ step: 7, metrics: { loss: 1 } }));
    });

    test('does not change the row that it is given', async () => {
      await withSink({ plugin, around }, 0, async sink => {
        const row = Object.freeze({ step: 0, metrics: Object.freeze({ loss: 1 }) });
        await sink.write(row);
        expect(row).toEqual({ step: 0, metrics: { loss: 1 } });
      });
    });
  });
}

/** Opens the plugin's one sink, hands it over, flushes it; the whole must leave no problem behind. */
async function withSink(
  { plugin, around }: { readonly plugin: () => ConfiguredPlugin; readonly around: SinkSurroundings },
  nextStep: number,
  body: (sink: MetricSink) => Promise<void>,
) {
  await using kit = await createTestKit({ ...around, plugins: [plugin()] });
  const sinks = await kit.get(MetricSinks);
  expect(sinks).toHaveLength(1);
  await sinks[0]!.open?.({ nextStep });
  await body(sinks[0]!);
  await sinks[0]!.flush?.();
  expect(kit.problems).toEqual([]);
}
