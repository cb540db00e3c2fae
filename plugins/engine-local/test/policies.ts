/** Policies made by hand, for tests of what samples from them. */
import { startingFactors } from '../src/training/starting-weights.js';
import { describeModel, readWeights } from '../src/weights/model-source.js';
import { GraphSessions } from '../src/worker/graph-sessions.js';
import { createGate } from '../src/worker/native-gate.js';
import { freezeBase, makePolicy, type Policy, wrapTensors } from '../src/worker/policy.js';
import type { LoraConfig, MatrixPrecision } from '../src/model/index.js';

/** All weights are inputs of every graph, as for a policy that is trained as a whole. */
export function openPolicy(folder: string, threads = 1): Policy {
  const { config } = describeModel(folder);
  return {
    config,
    lora: undefined,
    tensors: wrapTensors(readWeights(folder, config)),
    graphs: new GraphSessions(threads, createGate()),
  };
}

export const openFrozen = (folder: string, precision: MatrixPrecision = 'float32', threads = 1): Policy =>
  freezeBase(openPolicy(folder, threads), precision);

const lora: LoraConfig = { rank: 40, alpha: 80, targets: ['q_proj', 'v_proj', 'down_proj', 'lm_head'] };

/** An adapter whose B is not zero. */
export function withAdapter(base: Policy): Policy {
  const factors = startingFactors(base.config, lora, 3);
  for (const { data } of factors.values())
    for (let i = 0; i < data.length; i++) data[i] = 0.05 * Math.sin(i + data.length);
  return makePolicy(base, lora, factors);
}
