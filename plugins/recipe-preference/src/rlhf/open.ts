/** What the stages need, opened before the first of them begins: hours of training must not end at a file that is not there. */
import {
  type Engine,
  type Judge,
  type JudgeSource,
  type ModelSource,
  type Registry,
  type Renderer,
  type RendererSource,
  type RowSource,
  type Run,
  TinsmithError,
  type Tokenizer,
} from '@tinsmith/core';
import {
  checkLabelTokens,
  comparisonDataset,
  conversationDataset,
  heldOutDataset,
  type LabelledComparison,
  rewardModelData,
  type SupervisedDataset,
} from '@tinsmith/training';
import { openRenderer } from '@tinsmith/training/options';
import { type Comparisons, openComparisons } from '../data/open-comparisons.js';
import { skippedRows } from '../data/skipped-rows.js';
import { openRewardModel } from '../judges/reward-model.js';
import { checkLeft, type LeftBehind, leftBehind } from './left-behind.js';
import { openJudge } from './judge-choice.js';
import type { RlhfOptions } from './options.js';

export interface Used {
  readonly engine: Engine;
  readonly engines: Registry<Engine>;
  readonly judges: Registry<JudgeSource>;
  readonly models: Registry<ModelSource>;
  readonly renderers: Registry<RendererSource>;
  readonly rows: RowSource;
}

export interface StageData {
  readonly train: SupervisedDataset;
  readonly test: SupervisedDataset | undefined;
}

export interface RlhfParts {
  readonly engine: Engine;
  readonly tokenizer: Tokenizer;
  readonly renderer: Renderer;
  /** Undefined: the stage is left out. */
  readonly sftData: StageData | undefined;
  readonly rmData: StageData | undefined;
  /** Undefined: no stage needs them. */
  readonly comparisons: Comparisons | undefined;
  /** Held out, to measure the reward model and win rates; at most `winRateSize`. */
  readonly heldOut: readonly LabelledComparison[];
  /** Planned steps of the stages that come after others; 0: it is left out. */
  readonly steps: { readonly rm: number; readonly rl: number };
  /** What the stages have left in the run folder, or what the options name instead. Looked up when it is asked for. */
  readonly left: () => Promise<LeftBehind>;
  /** Who judges answers: the chosen judge, or the reward model as it is by now. Opened once. */
  readonly judge: () => Promise<Judge>;
}

/**
 * @throws STAGE_CHECKPOINT_MISSING for a stage that is left out and has left nothing; CHECKPOINT_NOT_FOUND; REWARD_MODEL_UNFIT;
 * REWARD_MODEL_RENDERER; DATA_TOO_FEW_ROWS; errors of the data
 */
export async function openRlhf(run: Run, options: RlhfOptions, used: Used): Promise<RlhfParts> {
  const { engine, models, renderers, rows } = used;
  const { batchSize, rlBatchSize = batchSize, maxSteps, runSft, runRl } = options;
  const runRm = options.runRm && options.judge === undefined;
  const left = () => leftBehind(run.directory, options);
  checkLeft(await left(), { ...options, runRm }, run.directory.path);

  const tokenizer = await engine.getTokenizer(options.modelName);
  const onWarning = (line: string) => run.log(line);
  const renderer = await openRenderer(options, { models, renderers }, { tokenizer, onWarning });
  if (runRm) checkLabelTokens(renderer, tokenizer);
  const chosenJudge = await openJudge(options, used.judges);
  let opened: Promise<Judge> | undefined;
  const judge = () =>
    (opened ??= chosenJudge
      ? Promise.resolve(chosenJudge)
      : left().then(({ rewardModel: checkpoint }) => openRewardModel({ ...options, checkpoint }, used)));
  if (runRl && !runRm) await judge();
  if (runRl && !runSft) await engine.checkpoints?.info((await left()).sft!);

  const sftData = runSft ? await openConversations(rows, options, { renderer, seed: run.seed }) : undefined;
  const comparisons = runRm || runRl ? await openComparisons(rows, options, run.seed) : undefined;
  const rmData =
    comparisons && runRm ? rewardModelSets(comparisons, options, { renderer, run, onWarning }) : undefined;
  const heldOut = await readHeldOut(comparisons, options.winRateSize);
  if (comparisons && heldOut.length === 0)
    run.log('no comparisons are held out: neither the reward model nor the policy will be measured');

  const rlBatches = comparisons ? Math.floor(comparisons.train.length / rlBatchSize) : 0;
  if (runRl && rlBatches === 0) {
    throw new TinsmithError({
      code: 'DATA_TOO_FEW_ROWS',
      message: 'the comparisons do not fill one batch of the third stage',
      at: 'recipe.with.rlBatchSize',
      found: `${comparisons!.train.length} comparisons to train on, rlBatchSize ${rlBatchSize}`,
      fix: 'a smaller rlBatchSize, or more comparisons',
    });
  }
  const stepsOf = (batches: number | undefined, most = maxSteps ?? Infinity) => Math.min(batches ?? 0, most);
  return {
    engine,
    tokenizer,
    renderer,
    sftData,
    rmData,
    comparisons,
    heldOut,
    steps: {
      rm: stepsOf(rmData?.train.length, options.rmMaxSteps),
      rl: runRl ? stepsOf(rlBatches, options.rlMaxSteps) : 0,
    },
    left,
    judge,
  };
}

async function openConversations(
  rows: RowSource,
  options: RlhfOptions,
  { renderer, seed }: { readonly renderer: Renderer; readonly seed: number },
): Promise<StageData> {
  const { sftDataset: source, sftDatasetConfig: config, sftTrainSplit, sftTestSplit, sftTestSize } = options;
  const { batchSize, maxLength } = options;
  const all = (await rows.conversations({ source, config, split: sftTrainSplit })).shuffle({ seed });
  const test =
    sftTestSize > 0
      ? all.take(sftTestSize)
      : sftTestSplit === null
        ? undefined
        : await rows.conversations({ source, config, split: sftTestSplit });
  const settings = { renderer, maxLength, trainOnWhat: 'all_assistant_messages', batchSize } as const;
  return {
    train: await conversationDataset(sftTestSize > 0 ? all.skip(sftTestSize) : all, settings),
    test: test && (await heldOutDataset(test, settings)),
  };
}

function rewardModelSets(
  { train, test, read }: Comparisons,
  { batchSize, maxLength }: RlhfOptions,
  { renderer, run, onWarning }: { renderer: Renderer; run: Run; onWarning: (line: string) => void },
): StageData {
  const onSkipped = skippedRows(onWarning);
  const set = (table: Comparisons['train']) => {
    const toData = rewardModelData({ renderer, maxLength, rows: table.length, seed: run.seed });
    return { read, toData, onSkipped };
  };
  return {
    train: comparisonDataset(train, { ...set(train), batchSize }),
    // As in the reference the whole test set is one batch.
    test: test
      ? comparisonDataset(test, { ...set(test), batchSize: test.length, isShuffled: false })
      : undefined,
  };
}

/** Those in which one answer was preferred. */
async function readHeldOut(
  comparisons: Comparisons | undefined,
  size: number,
): Promise<LabelledComparison[]> {
  if (!comparisons?.test) return [];
  const { test, read } = comparisons;
  const found: LabelledComparison[] = [];
  for (let index = 0; index < test.length && found.length < size; index++) {
    const reading = read(await test.at(index));
    if ('labelled' in reading && reading.labelled.label !== 'Tie') found.push(reading.labelled);
  }
  return found;
}
