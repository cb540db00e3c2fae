/** A dry run in lines for people: what is trained or sampled first, token by token, and how much all of it is. */
import { type Datum, inputLength, type ModelInput, type SampleRequest, type Tokenizer } from '@tinsmith/core';
import { formatSeconds, oneLine, plural, type Terminal, truncate, signsOf } from '@tinsmith/terminal';
import type { DryRun } from './dry-run.js';

/** Examples that are shown in full. */
const SHOWN = 2;
const LONGEST = 1500;

export function dryRunLines(dry: DryRun, terminal: Terminal): string[] {
  const { recipe, plugin, recording, log, logPath } = dry;
  const tokenizer = [...recording.tokenizers.values()][0];
  const { trained, sampled, training } = recording;
  const sections = [
    [
      `${terminal.paint('bold', recipe)}  from ${plugin}; nothing was trained or sampled, no folder was made`,
      ...(training ? [`model ${training.baseModel}, LoRA rank ${training.rank ?? 'default'}`] : []),
      `would go to ${logPath}`,
    ],
    log.map(line => `log: ${oneLine(line)}`),
    trained ? supervised(trained, tokenizer, terminal) : [],
    sampled.length > 0 ? prompts(sampled, tokenizer, terminal) : [],
    trained || sampled.length > 0 ? [] : ['the recipe ended before it asked for anything'],
    amounts(dry),
  ];
  return sections.filter(lines => lines.length > 0).flatMap((lines, at) => (at > 0 ? ['', ...lines] : lines));
}

function supervised(
  { data, loss }: NonNullable<DryRun['recording']['trained']>,
  tokenizer: Tokenizer | undefined,
  terminal: Terminal,
): string[] {
  const shown = data
    .slice(0, SHOWN)
    .flatMap((datum, index) => [
      terminal.paint(
        'dim',
        `example ${index + 1} of ${data.length}, ${plural(inputLength(datum.modelInput), 'token')}`,
      ),
      exampleText(datum, tokenizer, terminal),
    ]);
  const legend = `${mark('what is a target', terminal)}, the rest is context`;
  return [`first batch, ${loss}: ${plural(data.length, 'example')}; ${legend}`, ...shown];
}

function prompts(
  requests: readonly SampleRequest[],
  tokenizer: Tokenizer | undefined,
  terminal: Terminal,
): string[] {
  const shown = requests.slice(0, SHOWN).flatMap(({ prompt, numSamples, samplingParams }, index) => {
    const { maxTokens, temperature = 1, stop } = samplingParams;
    const limits = `up to ${maxTokens ?? 'all the'} tokens at temperature ${temperature}, stop ${JSON.stringify(stop)}`;
    return [
      terminal.paint(
        'dim',
        `prompt ${index + 1}, ${plural(inputLength(prompt), 'token')}; ${plural(numSamples, 'sample')} of ${limits}`,
      ),
      cut(text(tokensOf(prompt), tokenizer), terminal),
    ];
  });
  const samples = requests.reduce((sum, { numSamples }) => sum + numSamples, 0);
  return [`first batch: ${plural(requests.length, 'prompt')}, ${plural(samples, 'sample')}`, ...shown];
}

/** Input and last target are the whole sequence; the weight of target i is that of token i + 1. */
function exampleText(
  { modelInput, lossFnInputs }: Datum,
  tokenizer: Tokenizer | undefined,
  terminal: Terminal,
): string {
  const { target_tokens: targets, weights } = lossFnInputs;
  if (!targets || (targets.shape?.length ?? 1) > 1)
    return cut(text(tokensOf(modelInput), tokenizer), terminal);
  const tokens = [...tokensOf(modelInput), targets.data[targets.data.length - 1]!];
  const isTarget = (index: number) => index > 0 && (weights ? weights.data[index - 1]! > 0 : true);
  const runs: { readonly isTarget: boolean; readonly tokens: number[] }[] = [];
  tokens.forEach((token, index) => {
    const last = runs.at(-1);
    if (last && last.isTarget === isTarget(index)) last.tokens.push(token);
    else runs.push({ isTarget: isTarget(index), tokens: [token] });
  });
  let room = LONGEST;
  const shown = runs.flatMap(run => {
    if (room <= 0) return [];
    const words = truncate(text(run.tokens, tokenizer), room, signsOf(terminal).ellipsis);
    room -= words.length;
    return run.isTarget ? mark(words, terminal) : words;
  });
  return `  ${shown.join('')}`;
}

/** Marks that stay without colours. */
const mark = (words: string, { paint, isUnicode }: Terminal) =>
  isUnicode ? `«${paint('green', words)}»` : `<<${paint('green', words)}>>`;

const cut = (words: string, terminal: Terminal) =>
  `  ${truncate(words, LONGEST, signsOf(terminal).ellipsis)}`;

const tokensOf = ({ chunks }: ModelInput): number[] =>
  chunks.flatMap(chunk => (chunk.type === 'encoded_text' ? chunk.tokens : []));

const text = (tokens: readonly number[], tokenizer: Tokenizer | undefined) =>
  tokenizer ? oneLine(tokenizer.decode(tokens)) : tokens.join(' ');

function amounts(dry: DryRun): string[] {
  const { steps, recording, prices } = dry;
  const { trained, sampled, evaluated } = recording;
  const rows: [what: string, amount: string][] = [];
  if (steps !== undefined) rows.push(['steps', String(steps)]);
  let perStep = 0;
  if (trained) {
    const lengths = trained.data.map(({ modelInput }) => inputLength(modelInput));
    const targets = trained.data.map(targetCount);
    rows.push(['tokens in the batch', `${sum(lengths)}, longest example ${Math.max(...lengths)}`]);
    rows.push([
      'targets in the batch',
      `${sum(targets)} (${percent(sum(targets), sum(lengths))} of the tokens)`,
    ]);
    const without = targets.filter(count => count === 0).length;
    if (without > 0) rows.push(['examples without a target', String(without)]);
    perStep += sum(lengths) * (prices?.train ?? 0);
  }
  if (sampled.length > 0) {
    const prompt = sum(sampled.map(({ prompt: input }) => inputLength(input)));
    const most = sum(
      sampled.map(({ numSamples, samplingParams }) => numSamples * (samplingParams.maxTokens ?? 0)),
    );
    const trainable =
      sum(sampled.map(({ prompt: input, numSamples }) => inputLength(input) * numSamples)) + most;
    rows.push([
      'prompt tokens per batch',
      `${prompt}, longest ${Math.max(...sampled.map(each => inputLength(each.prompt)))}`,
    ]);
    rows.push([
      'sampled tokens per batch',
      most > 0 ? `at most ${most} in the first turn` : 'up to the context limit',
    ]);
    rows.push(['trained tokens per batch', `at most ${trainable} after the first turn`]);
    perStep +=
      prompt * (prices?.prefill ?? 0) + most * (prices?.sample ?? 0) + trainable * (prices?.train ?? 0);
  }
  if (evaluated.samples + evaluated.scored > 0)
    rows.push([
      'evaluated before it',
      `${plural(evaluated.samples, 'sample')}, ${plural(evaluated.scored, 'sequence')} scored`,
    ]);
  if (prices && steps !== undefined && perStep > 0) {
    const whole = (perStep / 1e6) * steps;
    rows.push([
      'cost',
      `about ${dollars(perStep / 1e6)} per step, ${dollars(whole)} in all${sampled.length > 0 ? ', at most, first turns alone' : ''}; without evaluations`,
    ]);
  }
  if (trained || sampled.length > 0) rows.push(...estimated(dry));
  const width = Math.max(0, ...rows.map(([what]) => what.length));
  return rows.map(([what, amount]) => `  ${what.padEnd(width)}   ${amount}`);
}

function estimated({ estimate, steps, recording }: DryRun): [what: string, amount: string][] {
  const unknown = `not known: ${estimate?.basis ?? 'the engine does not say'}`;
  const { memoryBytes, seconds } = estimate ?? {};
  const answers = recording.sampled.length > 0 ? ' with answers as long as they may be' : '';
  const inAll =
    seconds !== undefined && steps !== undefined ? `, ${formatSeconds(seconds * steps)} in all` : '';
  return [
    ['memory', memoryBytes === undefined ? unknown : `about ${mebibytes(memoryBytes)}`],
    [
      'time',
      seconds === undefined
        ? unknown
        : `about ${formatSeconds(seconds)} per step${inAll}${answers}, without evaluations; ${estimate!.basis}`,
    ],
  ];
}

const targetCount = ({ lossFnInputs: { weights, target_tokens: targets } }: Datum): number =>
  weights ? Array.from(weights.data).filter(weight => weight > 0).length : (targets?.data.length ?? 0);

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const percent = (part: number, whole: number) => `${((100 * part) / Math.max(1, whole)).toFixed(0)} %`;
const dollars = (amount: number) => `$${amount < 0.01 ? amount.toPrecision(1) : amount.toFixed(2)}`;
const mebibytes = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB`;
