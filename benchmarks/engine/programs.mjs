/**
 * What is compared with what: for each kind of work our programs and the peers', how many tokens they do, and which ratios the
 * engine is held to. Knows nothing of how programs are run.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { decodeFlops, prefillFlops, trainingFlops } from './work.mjs';

export const repository = join(import.meta.dirname, '..', '..');
export const smollm2 = join(repository, 'models', 'smollm2-135m', 'SmolLM2-135M-Instruct.Q4_1.gguf');

/** Folder that `tools/peers/pytorch/setup.sh FOLDER GGUF` has filled. */
const pytorch = process.env.TINSMITH_PEER_PYTORCH;
/** Folder that `tools/peers/llamacpp/setup.sh FOLDER` has filled. */
const llamacpp = process.env.TINSMITH_PEER_LLAMACPP;
const peer = (...path) => join(repository, 'tools', 'peers', ...path);

function ours(threads, ...args) {
  return {
    command: process.execPath,
    args: [
      '--disable-warning=ExperimentalWarning',
      '--conditions=@tinsmith/source',
      '--import',
      join(repository, 'plugins/engine-local/src/worker/source-hooks.mjs'),
      join(import.meta.dirname, 'ours.mjs'),
      '--threads',
      String(threads),
      ...args,
    ],
  };
}

function torch(threads, script, ...args) {
  if (!pytorch) return { absent: 'TINSMITH_PEER_PYTORCH is not set' };
  const python = join(pytorch, 'bin', 'python');
  const model = join(pytorch, 'smollm2');
  const missing = [python, model].find(path => !existsSync(path));
  if (missing) return { absent: `${missing} is missing` };
  return {
    command: python,
    args: [peer('pytorch', script), '--model', model, '--threads', String(threads), ...args, '--wait'],
    environment: { OMP_NUM_THREADS: String(threads) },
  };
}

function llama(threads, weights, ...args) {
  if (!llamacpp) return { absent: 'TINSMITH_PEER_LLAMACPP is not set' };
  const python = join(llamacpp, 'venv', 'bin', 'python');
  const model = join(llamacpp, 'models', `SmolLM2-135M-Instruct.${weights}.gguf`);
  const missing = [python, model].find(path => !existsSync(path));
  if (missing) return { absent: `${missing} is missing` };
  return {
    command: python,
    args: [peer('llamacpp', 'decode.py'), '--gguf', model, '--threads', String(threads), ...args, '--wait'],
    environment: { LLAMA_CPP_LIB_PATH: join(llamacpp, 'lib') },
  };
}

/**
 * Each kind of work: `flops` per token, `programs` by name, and `held`: pairs of program and peer with the least ratio and the goal.
 * The best of several peers is the one to beat.
 */
export function workloads(threads, { compiled }) {
  const train = (batch, sequence, steps) => ({
    flops: trainingFlops(sequence, 16),
    programs: {
      ours: ours(threads, '--what', 'train', '--batch', batch, '--sequence', sequence, '--steps', steps),
      'PyTorch fp32, PEFT': torch(threads, 'train.py', '--batch', batch, '--seq', sequence, '--steps', steps),
      'PyTorch fp32, own LoRA': torch(
        threads,
        'train.py',
        ...['--batch', batch, '--seq', sequence, '--steps', steps, '--own-lora'],
      ),
      ...(compiled && {
        'PyTorch fp32, PEFT, compiled': torch(
          threads,
          'train.py',
          ...['--batch', batch, '--seq', sequence, '--steps', steps, '--compile'],
        ),
      }),
      'PyTorch bf16 autocast, PEFT': torch(
        threads,
        'train.py',
        ...['--batch', batch, '--seq', sequence, '--steps', steps, '--dtype', 'bf16-autocast'],
      ),
    },
  });
  const decode = (batch, steps, context = 256) => ({
    ours: ours(threads, '--what', 'decode', '--batch', batch, '--context', context, '--steps', steps),
    'ours, int8': ours(
      threads,
      ...['--what', 'decode', '--batch', batch, '--context', context, '--steps', steps, '--decoding', 'int8'],
    ),
    'llama.cpp F32': llama(threads, 'F32', '--batch', batch, '--ctx', context, '--steps', steps),
    'llama.cpp Q8_0': llama(threads, 'Q8_0', '--batch', batch, '--ctx', context, '--steps', steps),
    'llama.cpp BF16': llama(threads, 'BF16', '--batch', batch, '--ctx', context, '--steps', steps),
  });
  const fp32 = ['PyTorch fp32, PEFT', 'PyTorch fp32, own LoRA', 'PyTorch fp32, PEFT, compiled'];
  return {
    'train 2 x 256': { ...train('2', '256', '1'), held: [{ of: 'ours', to: fp32, least: 1.1, goal: 1.3 }] },
    'train 1 x 1024': { ...train('1', '1024', '1'), held: [{ of: 'ours', to: fp32, least: 1, goal: 1.2 }] },
    'prefill 256': {
      flops: prefillFlops(256),
      programs: {
        ours: ours(threads, '--what', 'prefill', '--context', '256', '--steps', '4'),
        'PyTorch fp32': torch(threads, 'forward.py', '--what', 'prefill', '--batch', '1', '--steps', '4'),
        'PyTorch bf16': torch(
          threads,
          'forward.py',
          ...['--what', 'prefill', '--batch', '1', '--steps', '4', '--dtype', 'bf16'],
        ),
        'llama.cpp F32': llama(threads, 'F32', '--what', 'prefill', '--ctx', '256', '--steps', '4'),
        'llama.cpp BF16': llama(threads, 'BF16', '--what', 'prefill', '--ctx', '256', '--steps', '4'),
      },
      held: [
        { of: 'ours', to: ['PyTorch fp32'], least: 1.4 },
        { of: 'ours', to: ['llama.cpp F32'], least: 1.2 },
      ],
    },
    'decode, batch 64': {
      flops: decodeFlops(256),
      programs: {
        ...decode('64', '8'),
        'ours, 4 prompts of 16': ours(
          threads,
          ...['--what', 'decode', '--batch', '64', '--context', '256', '--steps', '8'],
          ...['--samples', '16', '--tail', '64'],
        ),
        'ours, LoRA r 16': ours(
          threads,
          ...['--what', 'decode', '--batch', '64', '--context', '256', '--steps', '8', '--rank', '16'],
        ),
      },
      held: [
        { of: 'ours', to: ['llama.cpp F32'], least: 1.1 },
        { of: 'ours, 4 prompts of 16', to: ['llama.cpp F32'], least: 1.1, goal: 1.5 },
        { of: 'ours, int8', to: ['llama.cpp Q8_0'], least: 1.1 },
      ],
    },
    'decode, batch 1': {
      flops: decodeFlops(256),
      programs: decode('1', '32'),
      held: [{ of: 'ours, int8', to: ['llama.cpp Q8_0'], least: 0.8, goal: 1 }],
    },
  };
}
