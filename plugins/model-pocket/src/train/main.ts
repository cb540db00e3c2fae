/**
 * `npm run train:pocket`: makes the model that this package ships, from nothing. Killed at any moment and
 * started again, it goes on from its last checkpoint. `--evaluate` only measures the model that is there.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LocalEngine } from '@tinsmith/engine-local/engine';
import { loadTokenizer, type Tokenizer } from '@tinsmith/tokenizers';
import { evaluate, type Evaluation } from './evaluate.js';
import { CONTEXT_LENGTH, modelConfig } from './model-config.js';
import { pretrain, type StepReport } from './pretrain.js';
import { createRenderer } from './renderer.js';
import { settings, THREADS, TOKENIZER_CORPUS, VOCABULARY_SIZE } from './settings.js';
import { conversations } from './skills.js';
import { END_OF_TEXT, END_OF_TURN } from './tokenizer-files.js';
import { writeTokenizer } from './write-tokenizer.js';

/** `src/train` and `dist/train` lie at the same depth, so one path serves both. */
const packageFolder = fileURLToPath(new URL('../..', import.meta.url));
const modelFolder = join(packageFolder, 'model');
const recordFolder = join(packageFolder, 'train');
const stateFolder = join(packageFolder, 'node_modules', '.cache', 'train-pocket');

const { values } = parseArgs({ options: { evaluate: { type: 'boolean', default: false } } });
if (!values.evaluate) await train();
await measure();

async function train(): Promise<void> {
  const started = Date.now();
  await mkdir(stateFolder, { recursive: true });
  await writeTokenizer({
    folder: stateFolder,
    conversations: conversations(TOKENIZER_CORPUS, 0, { seed: settings.seed, wrongShare: 0, easyShare: 0 }),
    vocabularySize: VOCABULARY_SIZE,
    contextLength: CONTEXT_LENGTH,
  });
  const tokenizer = await loadTokenizer(stateFolder);
  const renderer = createRenderer(tokenizer);

  await using engine = new LocalEngine({ checkpoints: stateFolder, threads: THREADS });
  const training = await engine.createFullTrainingClient({
    model: { config: configFor(tokenizer), seed: settings.seed },
  });
  const { trainableParameters } = await training.getInfo();
  say(`${trainableParameters} parameters, ${settings.steps} steps of ${settings.batchSize} conversations`);
  const rows = await pretrain({ training, renderer, settings, stateFolder, onStep: progressLine(started) });

  const tokenizerFiles = ['tokenizer.json', 'tokenizer_config.json'].map(name => join(stateFolder, name));
  await training.saveModel(modelFolder, { dtype: 'bfloat16', tokenizerFiles });
  await mkdir(recordFolder, { recursive: true });
  await writeFile(join(recordFolder, 'loss.jsonl'), rows.map(row => `${JSON.stringify(row)}\n`).join(''));
  await rm(stateFolder, { recursive: true });
  say(`trained in ${minutes(Date.now() - started)}: ${modelFolder}`);
}

/** Measures the model as it ships, rounded to bfloat16. */
async function measure(): Promise<void> {
  await using engine = new LocalEngine({ threads: THREADS });
  const renderer = createRenderer(await loadTokenizer(modelFolder));
  const model = await engine.createSamplingClient({ baseModel: modelFolder });
  const evaluation = await evaluate(model, renderer);
  await writeFile(join(recordFolder, 'evaluation.json'), `${JSON.stringify(evaluation, undefined, 2)}\n`);
  say(table(evaluation));
}

function configFor(tokenizer: Tokenizer): object {
  const padding = tokenizer.tokenId(END_OF_TEXT)!;
  const endOfTurn = tokenizer.tokenId(END_OF_TURN)!;
  return modelConfig(tokenizer.vocabSize, { padding, endOfTurn });
}

/** One line that is rewritten on a terminal, one line per row of the loss curve elsewhere. */
function progressLine(started: number): (step: StepReport) => void {
  return ({ done, resumedAt, loss }) => {
    const perStep = (Date.now() - started) / (done - resumedAt);
    const left = minutes((settings.steps - done) * perStep);
    const line = `step ${done}/${settings.steps}  loss ${loss.toFixed(3)}  ${left} left`;
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[2K${line}${done === settings.steps ? '\n' : ''}`);
    else if (done % settings.stepsPerRow === 0) say(line);
  };
}

function table(evaluation: Evaluation): string {
  const rows = Object.entries(evaluation).map(
    ([name, { right, wellFormed }]) => `${name.padEnd(34)}${percent(right)}${percent(wellFormed)}`,
  );
  return [`${''.padEnd(34)}   right  well formed`, ...rows].join('\n');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`.padStart(8);
}

function minutes(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
