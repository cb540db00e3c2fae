/** The arguments of `tinsmith sweep`. Imports nothing: `--help` shows them. */
import type { ArgsDef } from 'citty';
import { configArguments } from './config-arguments.js';

/** What `run` does not take. */
export const ofSweep: ArgsDef = {
  grid: {
    type: 'string',
    valueHint: 'path=value,value',
    description: 'an option and the values that are tried; may be repeated: every combination is run',
  },
  parallel: { type: 'string', valueHint: 'N', description: 'runs side by side; default 1' },
  out: {
    type: 'string',
    valueHint: 'FOLDER',
    description:
      'one folder per run below it; default: a new one below /tmp/tinker-sweeps. The same again: goes on',
  },
  metric: {
    type: 'string',
    valueHint: 'NAME',
    description: "what decides; default: the run's reward or loss",
  },
  best: {
    type: 'string',
    valueHint: 'low|high',
    description: 'which end is better; default: high for rewards',
  },
  budget: {
    type: 'string',
    valueHint: 'N',
    description: 'examples that each run sees: max_steps follows from the size of its batches',
  },
};

// Where a cell is, and that it goes on, is for the sweep to say.
const { 'log-path': _, 'if-exists': __, ...ofRun } = configArguments;

export const sweepArguments: ArgsDef = { ...ofRun, ...ofSweep };
