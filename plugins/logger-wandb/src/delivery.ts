/**
 * Brings the files of a run to W&B: finds or makes the run there, then sends lines from where the server's counts end.
 * Sending a line twice changes nothing, as each goes to its place; so a request whose answer was lost is sent again.
 * Nothing is retried here: what throws can be called again.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TinsmithError } from '@tinsmith/core';
import { asObject, WandbFailure, type FileChunk, type Json, type RunPlace, type WandbApi } from './api.js';
import { configOf, metricDefinitions } from './config.js';
import { parse, stringify } from './json-words.js';
import { CREATE_RUN_FILES, RUN_RESUME_STATUS, RUN_STOPPED_STATUS, UPSERT_BUCKET, VIEWER } from './queries.js';
import { FOLDER } from './record.js';
import type { RunFiles } from './run-files.js';

/** Of one request: well below the server's 10 MiB. */
const LIMITS = { bytes: 4 * 2 ** 20, lines: 2000 };
/** A longer line is refused by the server, and everything after it. */
const LONGEST_LINE = 10 * 2 ** 20 - 100 * 2 ** 10;

/** What to do if the server knows the run before this folder has sent anything: `WANDB_RESUME`. */
export type ResumePolicy = 'refuse' | 'allow' | 'must';

export class Delivery {
  /** The user has pressed Stop on the run's page since the connection was made. */
  stopRequested = false;
  readonly #files: RunFiles;
  readonly #api: WandbApi;
  readonly #resume: ResumePolicy;
  #place: RunPlace | undefined;
  #storageId = '';
  #config: Json = {};
  #defined = 0;
  /** The next line to send. */
  #next = { history: 0, console: 0 };
  #sentSummary = '';
  /** A run that goes on after it was stopped on its page still counts as stopped there. */
  #wasStopped = false;

  constructor(files: RunFiles, api: WandbApi, resume: ResumePolicy = 'allow') {
    this.#files = files;
    this.#api = api;
    this.#resume = resume;
  }

  get isConnected(): boolean {
    return this.#place !== undefined;
  }

  /** @throws WandbFailure; WANDB_RUN_EXISTS or WANDB_RUN_MISSING if the run is not as `WANDB_RESUME` wants it. */
  async connect(signal: AbortSignal): Promise<void> {
    const { record } = this.#files;
    const { id, project } = record;
    const entity = record.entity ?? (await this.#ownEntity(signal));
    const status = await this.#api.graphql(
      'RunResumeStatus',
      RUN_RESUME_STATUS,
      { project, entity, name: id },
      signal,
    );
    const bucket = asObject(asObject(status['model'])['bucket']);
    const isThere = 'id' in bucket && 't' in jsonIn(bucket['wandbConfig']);
    const isNew = record.url === undefined;
    if (isNew) this.#checkPolicy(isThere);

    const config = configOf(jsonIn(await this.#files.directory.read('config.json')));
    this.#config = { ...(isThere ? withoutOwn(jsonIn(bucket['config'])) : {}), ...config };
    this.#place = { entity, project, id };
    try {
      await this.#upsert(signal);
    } catch (error) {
      this.#place = undefined;
      throw error;
    }
    const counts = {
      history: isThere ? Number(bucket['historyLineCount'] ?? 0) : 0,
      console: isThere ? Number(bucket['logLineCount'] ?? 0) : 0,
    };
    const { history, console } = this.#files.spools;
    if (counts.history > history.lines || counts.console > console.lines)
      await this.#files.adopt({ ...counts, nextStep: stepAfter(bucket, counts.history) });
    const { foreign } = this.#files.record;
    this.#next = {
      history: Math.max(counts.history, foreign.history),
      console: Math.max(counts.console, foreign.console),
    };
    this.#wasStopped = isThere && (await this.#isStopped(signal));
  }

  /** Everything that is there. True if there was something. */
  async send(signal: AbortSignal): Promise<boolean> {
    for (let isFirst = true; ; isFirst = false) {
      const uploaded = await this.#upload(signal);
      const history = await this.#files.spools.history.read(this.#next.history, LIMITS);
      const console = await this.#files.spools.console.read(this.#next.console, LIMITS);
      const files: Record<string, FileChunk> = {
        ...(history.length > 0 && {
          'wandb-history.jsonl': { offset: this.#next.history, content: history.map(withinLimit) },
        }),
        ...(console.length > 0 && {
          'output.log': { offset: this.#next.console, content: console.map(withinLimit) },
        }),
        ...this.#summary(),
      };
      if (Object.keys(files).length === 0 && uploaded.length === 0) return !isFirst;
      if (history.length > 0) await this.#offer(this.#next.history + history.length);
      if (this.#files.metricNames.length > this.#defined) await this.#upsert(signal);
      await this.#stream({ files, ...(uploaded.length > 0 && { uploaded }) }, signal);
      this.#sentSummary = files['wandb-summary.json']?.content[0] ?? this.#sentSummary;
      this.#next = {
        history: this.#next.history + history.length,
        console: this.#next.console + console.length,
      };
      await this.#files.change({ uploaded: this.#files.record.uploaded + uploaded.length });
    }
  }

  /** Says that the run is alive. */
  heartbeat(signal: AbortSignal): Promise<void> {
    return this.#stream({}, signal);
  }

  async askWhetherStopped(signal: AbortSignal): Promise<void> {
    const isStopped = await this.#isStopped(signal);
    this.stopRequested ||= isStopped && !this.#wasStopped;
    this.#wasStopped &&= isStopped;
  }

  /** The end of the run, after everything has been sent. */
  complete(exitcode: number, signal: AbortSignal): Promise<void> {
    return this.#stream({ files: this.#summary(true), complete: true, exitcode }, signal);
  }

  async #ownEntity(signal: AbortSignal): Promise<string> {
    const { viewer } = await this.#api.graphql('Viewer', VIEWER, {}, signal);
    const { entity } = asObject(viewer);
    if (typeof entity === 'string' && entity !== '') return entity;
    throw new WandbFailure('the key belongs to nobody', { canRetry: false });
  }

  #checkPolicy(isThere: boolean): void {
    const { id, project } = this.#files.record;
    if (isThere && this.#resume === 'refuse') {
      throw new TinsmithError({
        code: 'WANDB_RUN_EXISTS',
        message: `the project "${project}" has a run ${id}, and this run folder has never logged to it`,
        fix: 'another WANDB_RUN_ID, or WANDB_RESUME=allow to add to the run',
      });
    }
    if (!isThere && this.#resume === 'must') {
      throw new TinsmithError({
        code: 'WANDB_RUN_MISSING',
        message: `WANDB_RESUME is must, and the project "${project}" has no run ${id}`,
        fix: 'another WANDB_RUN_ID, or WANDB_RESUME=allow',
      });
    }
  }

  async #upsert(signal: AbortSignal): Promise<void> {
    const { record, metricNames } = this.#files;
    const { entity, project } = this.#place!;
    const own = metricDefinitions(metricNames);
    const variables = {
      ...(this.#storageId ? { id: this.#storageId } : {}),
      name: record.id,
      project,
      entity,
      displayName: record.name,
      groupName: record.group,
      tags: record.tags,
      program: 'tinsmith',
      config: stringify({ ...this.#config, ...own }),
    };
    const data = await this.#api.graphql('UpsertBucket', UPSERT_BUCKET, variables, signal);
    const bucket = asObject(asObject(data['upsertBucket'])['bucket']);
    this.#storageId = textIn(bucket['id'], '');
    this.#defined = metricNames.length;
    const real = asObject(bucket['project']);
    const names = {
      entity: textIn(asObject(real['entity'])['name'], entity),
      project: textIn(real['name'], project),
    };
    this.#place = { ...names, id: record.id };
    const url = [pageBase(record.baseUrl), names.entity, names.project, 'runs', record.id].join('/');
    if (record.url !== url) await this.#files.change({ url, entity: names.entity });
  }

  /** False where the server has no word for it: no reason to send it nothing. */
  async #isStopped(signal: AbortSignal): Promise<boolean> {
    const { entity, project, id } = this.#place!;
    const variables = { entityName: entity, projectName: project, runId: id };
    try {
      const data = await this.#api.graphql('RunStoppedStatus', RUN_STOPPED_STATUS, variables, signal);
      return asObject(asObject(data['project'])['run'])['stopped'] === true;
    } catch (error) {
      if (error instanceof WandbFailure && !error.canRetry) return false;
      throw error;
    }
  }

  /** On the disk before it is on the wire: a crash must not leave the server with rows that are not here. */
  async #offer(lines: number): Promise<void> {
    await this.#files.spools.history.sync();
    if (lines > this.#files.record.offered) await this.#files.change({ offered: lines });
  }

  async #upload(signal: AbortSignal): Promise<readonly string[]> {
    const { directory, spools, record } = this.#files;
    const paths = await spools.uploads.read(record.uploaded, { bytes: 2 ** 16, lines: 20 });
    if (paths.length === 0) return [];
    const { entity, project, id } = this.#place!;
    const variables = { entity, project, run: id, files: paths };
    const data = await this.#api.graphql('CreateRunFiles', CREATE_RUN_FILES, variables, signal);
    const { files, uploadHeaders } = asObject(data['createRunFiles']);
    const headers = Array.isArray(uploadHeaders) ? uploadHeaders.map(String) : [];
    const targets = Array.isArray(files) ? files.map(asObject) : [];
    for (const path of paths) {
      const url = targets.find(({ name }) => name === path)?.['uploadUrl'];
      if (typeof url !== 'string')
        throw new WandbFailure(`no place to upload ${path} to`, { canRetry: true });
      const content = new Uint8Array(await readFile(join(directory.path, FOLDER, path)));
      await this.#api.upload(url, { headers, content, signal });
    }
    return paths;
  }

  #summary(always = false): Record<string, FileChunk> {
    const text = stringify(this.#files.summary);
    return always || (text !== this.#sentSummary && this.#files.spools.history.lines > 0)
      ? { 'wandb-summary.json': { offset: 0, content: [text] } }
      : {};
  }

  async #stream(body: Parameters<WandbApi['fileStream']>[1], signal: AbortSignal): Promise<void> {
    const { stopped } = await this.#api.fileStream(this.#place!, body, signal);
    this.stopRequested ||= stopped === true && !this.#wasStopped;
  }
}

const textIn = (value: unknown, otherwise: string) => (typeof value === 'string' ? value : otherwise);

/** A text with JSON, or nothing. */
function jsonIn(text: unknown): Json {
  try {
    return typeof text === 'string' ? parse(text) : {};
  } catch {
    return {};
  }
}

const withoutOwn = (config: Json): Json =>
  Object.fromEntries(Object.entries(config).filter(([key]) => key !== '_wandb'));

/** The `_step` that follows what the server has. */
function stepAfter(bucket: Json, count: number): number {
  const tail: unknown = typeof bucket['historyTail'] === 'string' ? JSON.parse(bucket['historyTail']) : [];
  const lines = Array.isArray(tail) ? tail.map(jsonIn) : [];
  const last = lines.at(-1)?.['_step'] ?? jsonIn(bucket['summaryMetrics'])['_step'];
  return count === 0 ? 0 : typeof last === 'number' ? last + 1 : count;
}

function withinLimit(line: string): string {
  if (Buffer.byteLength(line) <= LONGEST_LINE) return line;
  return line.startsWith('{') ? stringify({ _step: parse(line)['_step'] }) : line.slice(0, LONGEST_LINE / 4);
}

/** The public server's pages are at another address than its API. */
const pageBase = (baseUrl: string) =>
  baseUrl.replace(/\/+$/, '').replace('https://api.wandb.ai', 'https://wandb.ai');
