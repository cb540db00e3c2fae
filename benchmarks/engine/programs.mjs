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

/** Flags in one text, separated by spaces. */
const split = flags => flags.split(' ');

/** How a program of this folder runs on the repository's sources. */
export const sourceFlags = [
  '--disable-warning=ExperimentalWarning',
  '--conditions=@tinsmith/source',
  '--import',
  join(repository, 'plugins/engine-local/src/worker/source-hooks.mjs'),
];

function ours(threads, flags) {
  const program = join(import.meta.dirname, 'ours.mjs');
  return {
    command: process.execPath,
    args: [...sourceFlags, program, '--threads', String(threads), ...split(flags)],
  };
}

function torch(threads, script, flags) {
  if (!pytorch) return { absent: 'TINSMITH_PEER_PYTORCH is not set' };
  const python = join(pytorch, 'bin', 'python');
  const model = join(pytorch, 'smollm2');
  const missing = [python, model].find(path => !existsSync(path));
  if (missing) return { absent: `${missing} is missing` };
  return {
    command: python,
    args: [peer('pytorch', script), '--model', model, ...split(`--threads ${threads} --wait ${flags}`)],
    environment: { OMP_NUM_THREADS: String(threads) },
  };
}

function llama(threads, weights, flags) {
  if (!llamacpp) return { absent: 'TINSMITH_PEER_LLAMACPP is not set' };
  const python = join(llamacpp, 'venv', 'bin', 'python');
  const model = join(llamacpp, 'models', `SmolLM2-135M-Instruct.${weights}.gguf`);
  const missing = [python, model].find(path => !existsSync(path));
  if (missing) return { absent: `${missing} is missing` };
  return {
    command: python,
    args: [peer('llamacpp', 'decode.py'), '--gguf', model, ...split(`--threads ${threads} --wait ${flags}`)],
    environment: { LLAMA_CPP_LIB_PATH: join(llamacpp, 'lib') },
  };
}

const bf16 = 'PyTorch bf16 autocast, PEFT';
const fp32 = ['PyTorch fp32, PEFT', 'PyTorch fp32, own LoRA', 'PyTorch fp32, PEFT, compiled'];

/**
 * Each kind of work by the name that `--rows` takes: what it is, `flops` per token, `programs` by name, and `held`: pairs of program and
 * peer with the least ratio and the goal. The best of several peers is the one to beat. A peer without a ratio is reported beside.
 */
export function workloads(threads) {
  const train = (batch, sequence, peers) => {
    const peerFlags = `--batch ${batch} --seq ${sequence} --steps 1`;
    const flags = {
      'PyTorch fp32, PEFT': '',
      'PyTorch fp32, own LoRA': ' --own-lora',
      'PyTorch fp32, PEFT, compiled': ' --compile',
      [bf16]: ' --dtype bf16-autocast',
    };
    return {
      flops: trainingFlops(sequence, 16),
      programs: {
        ours: ours(threads, `--what train --batch ${batch} --sequence ${sequence}`),
        ...Object.fromEntries(peers.map(name => [name, torch(threads, 'train.py', peerFlags + flags[name])])),
      },
    };
  };
  const decode = (batch, steps) => ({
    mine: flags => ours(threads, `--what decode --batch ${batch} --context 256 --steps ${steps}${flags}`),
    theirs: weights => llama(threads, weights, `--batch ${batch} --ctx 256 --steps ${steps}`),
  });
  const [many, one] = [decode(64, 8), decode(1, 32)];
  const flops = decodeFlops(256);
  return {
    train256: {
      title: 'training, 2 x 256',
      ...train(2, 256, [fp32[0], fp32[1]]),
      held: [{ of: 'ours', to: fp32, least: 1.1, goal: 1.3 }],
    },
    train1024: {
      title: 'training, 1 x 1024',
      ...train(1, 1024, [fp32[0], fp32[1]]),
      held: [{ of: 'ours', to: fp32, least: 1, goal: 1.2 }],
    },
    prefill: {
      title: 'prefill, 1 x 256',
      flops: prefillFlops(256),
      programs: {
        ours: ours(threads, '--what prefill --context 256 --steps 4'),
        'PyTorch fp32': torch(threads, 'forward.py', '--what prefill --batch 1 --steps 4'),
        'PyTorch bf16': torch(threads, 'forward.py', '--what prefill --batch 1 --steps 4 --dtype bf16'),
        'llama.cpp F32': llama(threads, 'F32', '--what prefill --ctx 256 --steps 4'),
        'llama.cpp BF16': llama(threads, 'BF16', '--what prefill --ctx 256 --steps 4'),
      },
      held: [
        { of: 'ours', to: ['PyTorch fp32'], least: 1.4 },
        { of: 'ours', to: ['llama.cpp F32'], least: 1.2 },
      ],
    },
    decode64: {
      title: 'decode, 64 rows at 256 positions',
      flops,
      programs: {
        ours: many.mine(''),
        'ours, 4 prompts of 16': many.mine(' --samples 16 --tail 64'),
        'llama.cpp F32': many.theirs('F32'),
        'llama.cpp BF16': many.theirs('BF16'),
      },
      held: [
        { of: 'ours', to: ['llama.cpp F32'], least: 1.1 },
        { of: 'ours, 4 prompts of 16', to: ['llama.cpp F32'], least: 1.1, goal: 1.5 },
      ],
    },
    'decode64-int8': {
      title: 'decode, 64 rows at 256 positions, eight bits',
      flops,
      programs: {
        'ours, int8': many.mine(' --decoding int8'),
        'ours, int8, 4 prompts of 16': many.mine(' --decoding int8 --samples 16 --tail 64'),
        'llama.cpp Q8_0': many.theirs('Q8_0'),
      },
      held: [
        { of: 'ours, int8', to: ['llama.cpp Q8_0'], least: 1.1 },
        { of: 'ours, int8, 4 prompts of 16', to: ['llama.cpp Q8_0'], least: 1.1, goal: 1.5 },
      ],
    },
    decode1: {
      title: 'decode, 1 row at 256 positions, eight bits',
      flops,
      programs: { 'ours, int8': one.mine(' --decoding int8'), 'llama.cpp Q8_0': one.theirs('Q8_0') },
      held: [{ of: 'ours, int8', to: ['llama.cpp Q8_0'], least: 0.8, goal: 1 }],
    },
    'train256-compiled': {
      title: 'training, 2 x 256, peer compiled',
      ...train(2, 256, [fp32[2]]),
      held: [{ of: 'ours', to: [fp32[2]], least: 1.1, goal: 1.3 }],
    },
    'train256-bf16': {
      title: 'training, 2 x 256, peer in bf16',
      ...train(2, 256, [bf16]), // a row of its own: without instructions for bf16 a step takes minutes
      held: [],
    },
  };
}
