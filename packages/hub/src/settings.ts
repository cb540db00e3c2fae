/** Where the hub is, where files are kept, and what the environment says about it. Does no I/O. */
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { HubError } from './error.js';
import type { RepoKind } from './repo.js';

export interface HubProgress {
  readonly repo: string;
  readonly file: string;
  readonly receivedBytes: number;
  readonly totalBytes: number;
  /** `waiting`: another process is downloading the same file. */
  readonly state: 'downloading' | 'waiting' | 'done';
}

export interface HubOptions {
  /** Default: TINSMITH_CACHE, or `tinsmith` in the system's place for caches. */
  readonly cacheFolder?: string | undefined;
  /** Default: HF_ENDPOINT, or https://huggingface.co. */
  readonly endpoint?: string | undefined;
  /** Default: HF_TOKEN. Sent to the endpoint only, never part of a message. */
  readonly token?: string | undefined;
  /** Default: true if TINSMITH_OFFLINE or HF_HUB_OFFLINE is 1. */
  readonly offline?: boolean | undefined;
  /**
   * Folders that are searched before anything is downloaded, for `<folder>/<owner>/<name>` and `<folder>/<name>`.
   * Default: the paths in TINSMITH_MODELS and TINSMITH_DATA.
   */
  readonly localFolders?: Partial<Record<RepoKind, readonly string[]>> | undefined;
  /** At most ten times a second for a file, and at its end. */
  readonly onProgress?: ((progress: HubProgress) => void) | undefined;
  /** Something that people should know, e.g. that a cached copy is used because the hub cannot be reached. */
  readonly onNotice?: ((text: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly retry?: Partial<RetryPolicy> | undefined;
  readonly fetch?: typeof fetch | undefined;
}

export interface RetryPolicy {
  /** Tries in a row that bring nothing new before giving up. Default 6. */
  readonly attempts: number;
  /** Milliseconds before the second try; doubled each time, up to `longestWait`. Default 500. */
  readonly firstWait: number;
  /** Milliseconds. Also the longest that a Retry-After header is obeyed. Default 60,000. */
  readonly longestWait: number;
  /** Milliseconds without a byte after which a connection counts as cut. Default 30,000. */
  readonly silence: number;
}

export interface HubSettings {
  readonly cacheFolder: string;
  readonly endpoint: string;
  readonly token: string | undefined;
  readonly offline: boolean;
  readonly localFolders: Readonly<Record<RepoKind, readonly string[]>>;
  readonly onProgress: (progress: HubProgress) => void;
  readonly onNotice: (text: string) => void;
  readonly signal: AbortSignal | undefined;
  readonly retry: RetryPolicy;
  readonly fetch: typeof fetch;
}

const ignore = (): void => undefined;

type Environment = Readonly<Record<string, string | undefined>>;

export function hubSettings(options: HubOptions, env: Environment = process.env): HubSettings {
  return {
    cacheFolder: options.cacheFolder ?? (env['TINSMITH_CACHE'] || defaultCacheFolder(env)),
    endpoint: (options.endpoint ?? (env['HF_ENDPOINT'] || 'https://huggingface.co')).replace(/\/+$/, ''),
    token: checkToken(options.token ?? env['HF_TOKEN']),
    offline: options.offline ?? (isOn(env['TINSMITH_OFFLINE']) || isOn(env['HF_HUB_OFFLINE'])),
    localFolders: {
      model: options.localFolders?.model ?? pathList(env['TINSMITH_MODELS']),
      dataset: options.localFolders?.dataset ?? pathList(env['TINSMITH_DATA']),
    },
    onProgress: options.onProgress ?? ignore,
    onNotice: options.onNotice ?? ignore,
    signal: options.signal,
    retry: { attempts: 6, firstWait: 500, longestWait: 60_000, silence: 30_000, ...options.retry },
    fetch: options.fetch ?? fetch,
  };
}

/** `tinsmith` in the folder for caches of this system. */
export function defaultCacheFolder(env: Environment, platform: string = process.platform): string {
  if (platform === 'win32') {
    return join(env['LOCALAPPDATA'] || join(homedir(), 'AppData', 'Local'), 'tinsmith', 'Cache');
  }
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'tinsmith');
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'tinsmith');
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false', 'no', 'off'].includes(value.toLowerCase());
}

function pathList(value: string | undefined): readonly string[] {
  return (value ?? '').split(delimiter).filter(path => path !== '');
}

/** A token that cannot stand in a header is refused here: the error of `fetch` would show it. */
function checkToken(value: string | undefined): string | undefined {
  const token = value?.trim();
  if (!token) return undefined;
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new HubError({
    code: 'HUB_TOKEN_INVALID',
    message: 'the access token holds characters that a token cannot have',
    at: 'HF_TOKEN',
    found: 'spaces, line breaks or letters outside ASCII (the token is not shown)',
    fix: 'copy it again from https://huggingface.co/settings/tokens',
  });
}
