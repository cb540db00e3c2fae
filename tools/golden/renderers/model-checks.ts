/** The registry of models against the reference's: attributes, recommended renderers, names that must be refused. */
import { join } from 'node:path';
import { TinsmithError } from '@tinsmith/core';
import { rendererNames } from '@tinsmith/renderers-chat/library';
import { modelInfo } from '@tinsmith/training';
import type { GoldenCase, Measurement } from '../category.ts';
import { differs } from './renderer-checks.ts';
import { readJson } from './rows.ts';

interface ModelsFile {
  readonly models: Readonly<Record<string, ReferenceModel>>;
  readonly lookups: readonly {
    readonly name: string;
    readonly renderers?: readonly string[];
    readonly error?: object;
  }[];
  readonly renderer_lookups: readonly { readonly renderer: string }[];
}

interface ReferenceModel {
  readonly organization: string;
  readonly version_str: string;
  readonly size_str: string;
  readonly is_chat: boolean;
  readonly recommended_renderers: readonly string[];
  readonly is_vl: boolean;
  readonly is_audio_in: boolean;
}

export function modelCase(folder: string): GoldenCase {
  const file = readJson(join(folder, 'models.json')) as ModelsFile;
  return {
    name: 'models',
    checks: [
      { id: 'attributes', run: async () => count(Object.entries(file.models), checkModel) },
      { id: 'look-ups', run: async () => count(file.lookups, checkLookup) },
      {
        id: 'unknown renderers',
        run: async () =>
          count(file.renderer_lookups, ({ renderer }) =>
            rendererNames.includes(renderer) ? `"${renderer}" must be unknown` : undefined,
          ),
      },
    ],
    async close() {
      // nothing is held
    },
  };
}

function checkModel([name, expected]: [string, ReferenceModel]): string | undefined {
  const { organization, version, size, isChat, renderers, isVision, isAudioIn } = modelInfo(name);
  return differs(
    {
      organization,
      version_str: version,
      size_str: size,
      is_chat: isChat,
      recommended_renderers: renderers,
      is_vl: isVision,
      is_audio_in: isAudioIn,
    },
    expected,
  );
}

function checkLookup({ name, renderers, error }: ModelsFile['lookups'][number]): string | undefined {
  try {
    const found = modelInfo(name).renderers;
    return error ? `"${name}" must be refused` : differs(found, renderers);
  } catch (refusal) {
    if (error && TinsmithError.is(refusal)) return undefined;
    throw refusal;
  }
}

function count<Row>(rows: readonly Row[], check: (row: Row) => string | undefined): Measurement[] {
  if (rows.length === 0) throw new Error('there is no row');
  const differences = rows.flatMap(row => check(row) ?? []);
  if (differences.length > 0) throw new Error(differences.slice(0, 3).join('; '));
  return [{ quantity: `differing rows of ${rows.length}:`, distance: 0, limit: 0 }];
}
