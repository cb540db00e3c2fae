/**
 * How text is cut before byte-pair merges: llama.cpp has a name for each way, tokenizer.json describes it. Both directions.
 * Names: `llama-vocab.cpp` of llama.cpp. Patterns: the tokenizer.json files of the models.
 */

/** In steps: 'digits' (one by one), 'split PATTERN', 'bytes' or 'bytes with pattern' (GPT-2's own). */
type Steps = readonly string[];

const llama3 =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

const known: readonly { readonly name: string; readonly steps: Steps; readonly normalizer: object | null }[] =
  [
    { name: 'gpt-2', steps: ['bytes with pattern'], normalizer: null },
    { name: 'smollm', steps: ['digits', 'bytes with pattern'], normalizer: null },
    { name: 'llama-bpe', steps: [`split ${llama3}`, 'bytes'], normalizer: null },
    {
      name: 'qwen2',
      steps: [`split ${llama3.replace('{1,3}', '')}`, 'bytes'],
      normalizer: { type: 'NFC' },
    },
  ];

export const preTokenizerNames: readonly string[] = known.map(({ name }) => name);

/** The `pre_tokenizer` and `normalizer` of tokenizer.json; undefined for a name that is not known. */
export function preTokenizerOf(
  name: string,
): { pre_tokenizer: object; normalizer: object | null } | undefined {
  const found = known.find(entry => entry.name === name);
  if (!found) return undefined;
  return {
    pre_tokenizer: { type: 'Sequence', pretokenizers: found.steps.map(stepJson) },
    normalizer: found.normalizer,
  };
}

/** llama.cpp's name for a `pre_tokenizer` of tokenizer.json; undefined if it has none that is known here. */
export function nameOfPreTokenizer(json: unknown): string | undefined {
  const steps = stepsOf(json).join('\n');
  return known.find(entry => entry.steps.join('\n') === steps)?.name;
}

function stepJson(step: string): object {
  if (step === 'digits') return { type: 'Digits', individual_digits: true };
  if (step.startsWith('split '))
    return { type: 'Split', pattern: { Regex: step.slice(6) }, behavior: 'Isolated', invert: false };
  return byteLevel(step === 'bytes with pattern');
}

export const byteLevel = (usesPattern: boolean): object => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: usesPattern,
});

/** A field of a tokenizer.json of any kind. */
interface StepJson {
  readonly type?: string;
  readonly pretokenizers?: readonly unknown[];
  readonly individual_digits?: boolean;
  readonly pattern?: { readonly Regex?: string };
  readonly behavior?: string;
  readonly invert?: boolean;
  readonly add_prefix_space?: boolean;
  readonly use_regex?: boolean;
}

function stepsOf(json: unknown): string[] {
  const step = (json ?? {}) as StepJson;
  if (step.type === 'Sequence') return (step.pretokenizers ?? []).flatMap(stepsOf);
  if (step.type === 'Digits' && step.individual_digits === true) return ['digits'];
  if (step.type === 'Split' && step.behavior === 'Isolated' && step.invert !== true)
    return [`split ${step.pattern?.Regex}`];
  if (step.type === 'ByteLevel' && step.add_prefix_space === false)
    return [step.use_regex === false ? 'bytes' : 'bytes with pattern'];
  return [`unknown ${JSON.stringify(json)}`];
}
