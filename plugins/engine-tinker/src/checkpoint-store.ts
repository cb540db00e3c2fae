/** Checkpoints at the service, over its listing and managing calls. */
import { type CheckpointInfo, type CheckpointStore, TinsmithError } from '@tinsmith/core';
import {
  type Checkpoint,
  type Page,
  parseTinkerPath,
  type RestClient,
  type WeightsInfo,
} from '@tinsmith/tinker';
import { type RemoteContext, remoteCall } from './context.js';
import { threePartPath } from './paths.js';

const plugin = '@tinsmith/engine-tinker';
/** Of an export that is made only to be downloaded. */
const EXPORT_LIFE_SECONDS = 3600;
const KINDS = { training: 'state', sampler: 'sampler', external: 'export' } as const;

export class RemoteCheckpoints implements CheckpointStore {
  readonly #context: RemoteContext;
  readonly #rest: RestClient;

  constructor(context: RemoteContext) {
    this.#context = context;
    this.#rest = context.service.createRestClient();
  }

  async *list(): AsyncGenerator<CheckpointInfo> {
    const first = await this.#page(0).catch(unless('TINKER_MISSING'));
    if (!first) yield* this.#listByRun(); // SkyRL has no list of all
    let offset = 0;
    for (let page = first; page && page.items.length > 0; page = await this.#page(offset)) {
      yield* page.items.map(infoOf);
      offset += page.items.length;
      if (offset >= (page.cursor?.totalCount ?? 0)) break;
    }
  }

  async info(path: string): Promise<CheckpointInfo> {
    const checkpoint = await this.#find(path);
    const { tinkerPath } = checkpoint;
    const weights: WeightsInfo | undefined = await this.#call(() =>
      this.#rest.getWeightsInfoByTinkerPath(tinkerPath),
    ).catch(() => undefined); // not every server tells, and of exports none does
    return {
      ...infoOf(checkpoint),
      ...(weights && {
        baseModel: weights.baseModel,
        loraRank: weights.isLora ? (weights.loraRank ?? null) : null,
      }),
    };
  }

  async delete(path: string): Promise<void> {
    await this.#call(() => this.#rest.deleteCheckpointFromTinkerPath(threePartPath(path))).catch(
      unless('TINKER_MISSING'),
    );
  }

  async setTtl(path: string, seconds: number | null): Promise<void> {
    await this.#manage(path, 'keeps no expiry', whole =>
      this.#rest.setCheckpointTtlFromTinkerPath(whole, seconds),
    );
  }

  /** As wished already is no error. */
  async setPublic(path: string, isPublic: boolean): Promise<void> {
    await this.#manage(path, 'publishes nothing', whole =>
      isPublic
        ? this.#rest.publishCheckpointFromTinkerPath(whole)
        : this.#rest.unpublishCheckpointFromTinkerPath(whole),
    ).catch(unless('TINKER_EXISTS'));
  }

  /**
   * A service of SDK 0.38.0 hands out exports alone, so that a state is loaded into a model and exported for it; samplers
   * cannot be loaded.
   */
  async download(path: string, folder: string, signal?: AbortSignal): Promise<void> {
    const { downloadCheckpoint } = await import('@tinsmith/tinker/archive');
    const { service } = this.#context;
    const whole = threePartPath(path);
    const fetched = (from: string) =>
      this.#call(() => downloadCheckpoint(this.#rest, from, folder, { ...(signal && { signal }) }), signal);
    const { kind } = await this.#call(async () => parseTinkerPath(whole));
    const { version } = await this.#call(() => service.dialect());
    if (version === '0.25.0' || kind === 'external_weights') return void (await fetched(whole));
    if (kind === 'sampler_weights')
      throw new TinsmithError({
        code: 'TINKER_UNSUPPORTED',
        plugin,
        message: 'this service gives no files of sampler weights',
        at: path,
        fix: 'download the state that was saved beside them: the same name with /weights/',
      });
    const exported = await this.#call(async () => {
      const training = await service.createTrainingClientFromState(whole, { signal });
      const saved = training.saveWeightsExternal('download', { ttlSeconds: EXPORT_LIFE_SECONDS });
      return (await saved.result({ signal })).path;
    }, signal);
    try {
      await fetched(exported);
    } finally {
      await this.delete(exported).catch(() => {}); // it expires by itself
    }
  }

  #page(offset: number): Promise<Page<Checkpoint>> {
    return this.#call(async () => this.#rest.listUserCheckpoints({ offset }));
  }

  async *#listByRun(): AsyncGenerator<CheckpointInfo> {
    const runs = await this.#call(async () => {
      const all = [];
      for await (const run of this.#rest.listTrainingRuns()) all.push(run);
      return all;
    });
    for (const { trainingRunId, baseModel, isLora, loraRank } of runs.toReversed()) {
      const checkpoints = await this.#call(() => this.#rest.listCheckpoints(trainingRunId));
      for (const checkpoint of checkpoints.toReversed())
        yield { ...infoOf(checkpoint), baseModel, loraRank: isLora ? (loraRank ?? null) : null };
    }
  }

  async #find(path: string): Promise<Checkpoint> {
    const whole = threePartPath(path);
    const { trainingRunId } = await this.#call(async () => parseTinkerPath(whole));
    const listed = await this.#call(() => this.#rest.listCheckpoints(trainingRunId)).catch(
      (error: unknown) => {
        if (isCode(error, 'TINKER_MISSING')) return [];
        throw error;
      },
    );
    const found = listed.find(({ tinkerPath }) => threePartPath(tinkerPath) === whole);
    if (found) return { ...found, tinkerPath: whole };
    throw new TinsmithError({
      code: 'CHECKPOINT_NOT_FOUND',
      plugin,
      message:
        'the service has no checkpoint of this path: it was never saved, has been removed, or has expired',
      at: path,
      found: `${listed.length} other checkpoints of that run`,
      fix: 'tinsmith checkpoints list',
    });
  }

  /** A 404 can mean the checkpoint or the call. */
  async #manage(path: string, lacks: string, send: (whole: string) => Promise<void>): Promise<void> {
    try {
      await this.#call(() => send(threePartPath(path)));
    } catch (error) {
      if (!isCode(error, 'TINKER_MISSING')) throw error;
      await this.#find(path);
      throw new TinsmithError({
        code: 'TINKER_UNSUPPORTED',
        plugin,
        message: `this service ${lacks}`,
        at: this.#context.baseUrl,
        cause: error,
      });
    }
  }

  #call<T>(send: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return remoteCall(this.#context, { type: 'Checkpoint', signal }, send);
  }
}

const isCode = (error: unknown, code: string): boolean => TinsmithError.is(error) && error.code === code;

const unless = (code: string) => (error: unknown) => {
  if (!isCode(error, code)) throw error;
};

function infoOf(checkpoint: Checkpoint): CheckpointInfo {
  const { tinkerPath, checkpointType, time, sizeBytes, expiresAt } = checkpoint;
  return {
    path: threePartPath(tinkerPath),
    kind: KINDS[checkpointType],
    ...(sizeBytes !== undefined && sizeBytes !== null && { sizeBytes }),
    ...(time && { createdAt: /Z|[+-]\d\d:?\d\d$/.test(time) ? time : `${time}Z` }), // SkyRL writes UTC without saying so
    ...(expiresAt && { expiresAt }),
    ...(typeof checkpoint.public === 'boolean' && { isPublic: checkpoint.public }),
  };
}
