/**
 * Checkpoint paths, `tinker://<training run>/<kind>/<name>` (protocol, section 3). Split by hand: the run id contains
 * colons, which a URL parser takes for a port.
 */
import { badInput } from './errors.js';

export type CheckpointKind = 'weights' | 'sampler_weights' | 'external_weights';

export interface TinkerPath {
  readonly trainingRunId: string;
  readonly kind: CheckpointKind;
  readonly name: string;
  /** `<kind>/<name>`, as the REST paths want it. */
  readonly checkpointId: string;
}

const KINDS: readonly string[] = ['weights', 'sampler_weights', 'external_weights'];
const SCHEME = 'tinker://';

/** Throws `bad_input` unless the path has exactly the three parts. */
export function parseTinkerPath(path: string): TinkerPath {
  const [run, kind, name, ...rest] = path.startsWith(SCHEME) ? path.slice(SCHEME.length).split('/') : [];
  if (!run || !kind || !name || rest.length > 0 || !KINDS.includes(kind))
    throw badInput(`"${path}" is not a checkpoint path, tinker://<training run>/<${KINDS.join('|')}>/<name>`);
  return { trainingRunId: run, kind: kind as CheckpointKind, name, checkpointId: `${kind}/${name}` };
}

/** For calls that take training state: anything but a `weights` path is refused before it is sent. */
export function requireStatePath(path: string): void {
  const { kind } = parseTinkerPath(path);
  if (kind !== 'weights')
    throw badInput(
      `"${path}" holds ${describe(kind)}; loading needs a path of saveState, tinker://<run>/weights/<name>`,
    );
}

/** SkyRL names sampler checkpoints with two parts (section 19.2), so only a wrong kind is refused. */
export function requireSamplerPath(path: string): void {
  if (!path.startsWith(SCHEME)) throw badInput(`"${path}" does not start with ${SCHEME}`);
  const parts = path.slice(SCHEME.length).split('/');
  if (parts.length === 3 && parts[1] !== 'sampler_weights')
    throw badInput(
      `"${path}" holds ${describe(parts[1]!)}; sampling needs a path of saveWeightsForSampler, tinker://<run>/sampler_weights/<name>`,
    );
}

function describe(kind: string): string {
  if (kind === 'weights') return 'training state';
  return kind === 'sampler_weights'
    ? 'weights for sampling'
    : kind === 'external_weights'
      ? 'exported files'
      : `"${kind}"`;
}

/** Names that become a part of a path: no separator, no way up. */
export function requireCheckpointName(name: string): void {
  if (!/^[A-Za-z0-9._-]{1,255}$/.test(name) || /^\.+$/.test(name))
    throw badInput(`"${name}" is not a checkpoint name: letters, digits, "-", "_" and "." only, at most 255`);
}
