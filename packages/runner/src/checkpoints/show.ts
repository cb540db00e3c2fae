/** Checkpoints for people and, as JSON, for programs. */
import type { CheckpointInfo } from '@tinsmith/core';

/** One line: what tells checkpoints apart, then the path, which may be long. */
export function checkpointLine(info: CheckpointInfo): string {
  const { path, kind, sizeBytes, createdAt, expiresAt, isPublic } = info;
  return [
    (createdAt === undefined ? '' : minute(createdAt)).padEnd(16),
    kind.padEnd(7),
    (sizeBytes === undefined ? '' : formatBytes(sizeBytes)).padStart(9),
    path,
    ...(expiresAt === undefined ? [] : [`until ${minute(expiresAt)}`]),
    ...(isPublic ? ['public'] : []),
  ].join('  ');
}

/** A line per fact that is known. */
export function checkpointFacts(info: CheckpointInfo): readonly string[] {
  const { path, kind, baseModel, loraRank, sizeBytes, createdAt, expiresAt, isPublic } = info;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['path', path],
    ['kind', kinds[kind]],
    ['base model', baseModel],
    [
      'trained',
      loraRank === undefined ? undefined : loraRank === null ? 'all parameters' : `LoRA of rank ${loraRank}`,
    ],
    ['size', sizeBytes === undefined ? undefined : formatBytes(sizeBytes)],
    ['created', createdAt],
    ['kept', expiresAt === undefined ? 'for good' : `until ${expiresAt}`],
    ['readable', isPublic === undefined ? undefined : isPublic ? 'for everyone' : 'for its owner'],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(12)}${value}`]));
}

const kinds: Readonly<Record<CheckpointInfo['kind'], string>> = {
  state: 'state: weights and optimiser, to go on training from',
  sampler: 'sampler: weights, to sample from',
  export: 'export: files for other programs',
};

/** ISO 8601 to the minute, in UTC as it came. */
const minute = (time: string) => time.slice(0, 16).replace('T', ' ');

function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit === 0 || value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${units[unit]}`;
}
