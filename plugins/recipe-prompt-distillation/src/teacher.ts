/** Who is asked: a model with its chat format, ready to answer. Nothing is sent before the first question. */
import {
  amend,
  type Engine,
  type Message,
  type ModelSource,
  problemsOf,
  type Registry,
  type RendererSource,
  type SamplingClient,
  textOf,
  throwProblems,
  TinsmithError,
} from '@tinsmith/core';
import { allOrProblems, checkModelAndRenderer, chooseEngine, openRenderer } from '@tinsmith/training/options';
import type { CreateDataOptions } from './options.js';
import type { TeacherAnswer } from './question.js';
import type { Settings } from './settings.js';

export interface Teacher {
  readonly name: string;
  /** All that an answer depends on besides question, seed and engine: the seed of a question follows from it, too. */
  readonly identity: Settings;
  /** Who computes, and how it is set: the same model answers a little differently elsewhere. */
  readonly engine: Settings;
  ask(question: readonly Message[], call: Call): Promise<TeacherAnswer>;
}

export interface Call {
  readonly seed: number;
  readonly signal: AbortSignal;
}

export interface TeacherRegistries {
  readonly engines: Registry<Engine>;
  readonly models: Registry<ModelSource>;
  readonly renderers: Registry<RendererSource>;
}

export type TeacherChoice = Pick<
  CreateDataOptions,
  'modelName' | 'engine' | 'checkpoint' | 'rendererName' | 'anyRenderer' | 'maxTokens' | 'temperature'
>;

/** How the options are called where they are given: in a config or on a command line. */
export type NameOption = (option: string) => string;

/** Whether there can be such a teacher. Opens nothing. */
export async function checkTeacher(
  choice: TeacherChoice,
  { engines, ...registries }: TeacherRegistries,
  nameOption: NameOption,
): Promise<void> {
  await allOrProblems<unknown>([
    (async () => chooseEngine(choice.engine, engines, nameOption('engine')))(),
    checkModelAndRenderer(choice, registries).catch(renamed(nameOption)),
  ]);
}

/** @throws what `checkTeacher` does, and what the engine throws for a model that it has not */
export async function openTeacher(
  choice: TeacherChoice,
  { engines, ...registries }: TeacherRegistries,
  nameOption: NameOption,
): Promise<Teacher> {
  const { modelName, checkpoint, maxTokens, temperature } = choice;
  await checkTeacher(choice, { engines, ...registries }, nameOption);
  const engineName = chooseEngine(choice.engine, engines, nameOption('engine'));
  const engine = await engines.get(engineName);
  const tokenizer = await engine.getTokenizer(modelName);
  const renderer = await openRenderer(choice, registries, { tokenizer }).catch(renamed(nameOption));
  let client: Promise<SamplingClient> | undefined;
  const open = () =>
    engine.createSamplingClient(
      checkpoint === undefined ? { baseModel: modelName } : { modelPath: checkpoint },
    );
  return {
    name: modelName,
    identity: {
      model: modelName,
      checkpoint: checkpoint ?? null,
      renderer: renderer.name,
      maxTokens,
      temperature,
    },
    engine: { engine: engineName, ...prefixed('engine.', engine.answerSettings ?? {}) },
    async ask(question, { seed, signal }) {
      const policy = await (client ??= open());
      const { sequences } = await policy.sample({
        prompt: renderer.buildGenerationPrompt(question),
        numSamples: 1,
        samplingParams: { maxTokens, temperature, seed, stop: renderer.stopSequences },
        signal,
      });
      const { tokens, stopReason } = sequences[0]!;
      return { answer: textOf(renderer.parseResponse(tokens).message), isCut: stopReason === 'length' };
    },
  };
}

const prefixed = (prefix: string, settings: Settings): Settings =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [`${prefix}${name}`, value]));

/** Problems of the shared checks speak of a recipe's own options. */
const renamed =
  (nameOption: NameOption) =>
  (error: unknown): never => {
    const problems = problemsOf(error);
    if (problems.length === 0) throw error;
    throwProblems(problems.map(problem => relocate(problem, nameOption)));
    throw error;
  };

const RECIPE = 'recipe.with.';

function relocate(problem: TinsmithError, nameOption: NameOption): TinsmithError {
  const { at, fix } = problem;
  if (!at?.startsWith(RECIPE)) return problem;
  const option = at.slice(RECIPE.length);
  const isFlag = nameOption(option).startsWith('--');
  const inPlace = isFlag
    ? fix
        ?.replaceAll(/\b(modelName|rendererName): /g, (_, name: string) => `${nameOption(name)} `)
        .replace('anyRenderer: true', '--any-renderer')
    : fix;
  return amend(problem, { at: nameOption(option), fix: inPlace });
}
