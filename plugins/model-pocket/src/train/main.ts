/**
 * `npm run train:pocket`: makes the models that this package ships, from nothing. Killed at any moment and
 * started again, it goes on from its last checkpoint. `--model pocket` makes one of them, from what the one before has learned;
 * `--evaluate` only measures what is there.
 */
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LocalEngine } from '@tinsmith/engine-local/engine';
import { loadTokenizer } from '@tinsmith/tokenizers';
import { evaluate } from './evaluate.js';
import { table } from './evaluation-table.js';
import { drawExercises, fixedTexts } from './mixture.js';
import { CONTEXT_LENGTH } from './model-config.js';
import { learnedFolder, modelFolder, recordFolder, stateFolder, tokenizerFileNames } from './places.js';
import { pretrain, type StepReport } from './pretrain.js';
import { createExerciseRenderer } from './renderers.js';
import { stepsOf } from './schedule.js';
import {
  learning,
  type ModelKind,
  type ShippedKind,
  settings,
  THREADS,
  TOKENIZER_CORPUS,
  VOCABULARY_SIZE,
} from './settings.js';
import { startingPoint } from './starting-point.js';
import { writeTokenizer } from './write-tokenizer.js';

const { values } = parseArgs({
  options: { evaluate: { type: 'boolean', default: false }, model: { type: 'string' } },
});
const kinds = (Object.keys(settings) as ModelKind[]).filter(
  kind => values.model === undefined || kind === values.model,
);
for (const kind of kinds) {
  if (!values.evaluate) await train(kind);
  if (ships(kind)) await measure(kind);
}
// Only now: a run that was killed finds here what it need not do again.
for (const kind of kinds) await rm(stateFolder(kind), { recursive: true, force: true });

function ships(kind: ModelKind): kind is ShippedKind {
  return kind !== 'beginner';
}

async function train(kind: ModelKind): Promise<void> {
  const started = Date.now();
  const state = stateFolder(kind);
  const made = settings[kind];
  const steps = stepsOf(made.training);
  await mkdir(state, { recursive: true });
  await prepareTokenizer(state, kind);
  const tokenizer = await loadTokenizer(state);
  const tokenizerFiles = tokenizerFileNames.map(name => join(state, name));

  await using engine = new LocalEngine({ checkpoints: state, threads: THREADS });
  const model = await startingPoint(made, tokenizer, join(state, 'grown'));
  const training = await engine.createFullTrainingClient({ model });
  const { trainableParameters } = await training.getInfo();
  say(`${kind}: ${trainableParameters} parameters, ${steps} steps of ${made.training.batchSize} exercises`);
  const rows = await pretrain({
    training,
    renderer: createExerciseRenderer(tokenizer),
    settings: made.training,
    stateFolder: state,
    onStep: progressLine(started, steps),
    onLearned: () => training.saveModel(learnedFolder(kind), { dtype: 'float32', tokenizerFiles }),
  });

  if (ships(kind)) await training.saveModel(modelFolder(kind), { dtype: 'bfloat16', tokenizerFiles });
  await mkdir(recordFolder, { recursive: true });
  await writeFile(
    join(recordFolder, `loss-${kind}.jsonl`),
    rows.map(row => `${JSON.stringify(row)}\n`).join(''),
  );
  say(`${kind}: trained in ${minutes(Date.now() - started)}`);
}

/** The first model's is learned; the others take it over, since only models that share one can teach each other. */
async function prepareTokenizer(folder: string, kind: ModelKind): Promise<void> {
  const { from, training } = settings[kind];
  if (from !== undefined) {
    for (const name of tokenizerFileNames)
      await copyFile(join(learnedFolder(from), name), join(folder, name));
    return;
  }
  await writeTokenizer({
    folder,
    exercises: drawExercises(TOKENIZER_CORPUS, 0, {
      seed: training.seed,
      mixture: 'broad',
      habits: learning,
    }).map(({ exercise }) => exercise),
    fixedTexts,
    vocabularySize: VOCABULARY_SIZE,
    contextLength: CONTEXT_LENGTH,
  });
}

/** Measures a model as it ships, rounded to bfloat16. */
async function measure(kind: ShippedKind): Promise<void> {
  await using engine = new LocalEngine({ threads: THREADS });
  const renderer = createExerciseRenderer(await loadTokenizer(modelFolder(kind)));
  const model = await engine.createSamplingClient({ baseModel: modelFolder(kind) });
  const evaluation = await evaluate(model, renderer);
  await mkdir(recordFolder, { recursive: true });
  await writeFile(
    join(recordFolder, `evaluation-${kind}.json`),
    `${JSON.stringify(evaluation, undefined, 2)}\n`,
  );
  say(table(kind, evaluation));
}

/** One line that is rewritten on a terminal, one line per row of the loss curve elsewhere. */
function progressLine(started: number, steps: number): (step: StepReport) => void {
  return ({ done, resumedAt, loss }) => {
    const perStep = (Date.now() - started) / (done - resumedAt);
    const line = `step ${done}/${steps}  loss ${loss.toFixed(3)}  ${minutes((steps - done) * perStep)} left`;
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[2K${line}${done === steps ? '\n' : ''}`);
    else if (done % 10 === 0) say(line);
  };
}

function minutes(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
