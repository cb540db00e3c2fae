import { rmSync } from 'node:fs';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { answerWith, cutAfter, failWith, FakeHub, hangUp, redirect, silent } from '../test/fake-hub.js';
import { createHub, type Hub, type HubOptions, type HubProgress } from './index.js';

const repo = 'owner/name';
const weights = randomBytes(300_000);
let hub: FakeHub;
let cacheFolder: string;

beforeEach(async () => {
  hub = await FakeHub.start();
  cacheFolder = await mkdtemp(join(tmpdir(), 'tinsmith-hub-'));
  hub.put('models/owner/name', { 'config.json': '{"a":1}', 'model.bin': weights, 'sub dir/ä.txt': 'text' });
});
afterEach(async () => {
  await hub[Symbol.asyncDispose]();
  await rm(cacheFolder, { recursive: true });
});

/** Waits are short, so that tests of many failures are quick. */
function connect(options: HubOptions = {}): Hub {
  const retry = { attempts: 4, firstWait: 2, longestWait: 2000, silence: 300, ...options.retry };
  return createHub({ endpoint: hub.endpoint, cacheFolder, ...options, retry }, {});
}
const fetchWeights = (options?: HubOptions): Promise<string> =>
  connect(options).resolveFile({ repo, kind: 'model', file: 'model.bin' });
const parts = (): Promise<string[]> => readdir(join(cacheFolder, 'hub/models/owner/name/parts'));

test('downloads a repository, with its folders, over redirects to storage', async () => {
  const folder = await connect().downloadRepo({ repo, kind: 'model' });
  expect((await readFile(join(folder, 'model.bin'))).equals(weights)).toBe(true);
  expect(await readFile(join(folder, 'config.json'), 'utf8')).toBe('{"a":1}');
  expect(await readFile(join(folder, 'sub dir', 'ä.txt'), 'utf8')).toBe('text');
  expect(await parts()).toEqual([]);
});

test('downloads only what was asked for', async () => {
  const folder = await connect().downloadRepo({
    repo,
    kind: 'model',
    include: path => path.endsWith('.json'),
  });
  expect(await readdir(folder)).toEqual(['config.json']);
});

test('asks for no file twice, and for nothing at all when the commit is named', async () => {
  await fetchWeights();
  const before = hub.requestsOf('/stored/').length;
  await fetchWeights();
  expect(hub.requestsOf('/stored/')).toHaveLength(before);
  const { commit } = await connect().open({ repo, kind: 'model' });
  hub.requests.length = 0;
  await connect().resolveFile({ repo, kind: 'model', revision: commit, file: 'model.bin' });
  expect(hub.requests).toEqual([]);
});

test('reads listings of several pages', async () => {
  hub.pageSize = 1;
  const { files } = await connect().open({ repo, kind: 'model' });
  expect(files.map(file => file.path)).toEqual(['config.json', 'model.bin', 'sub dir/ä.txt']);
});

test('keeps data sets apart from models of the same name', async () => {
  hub.put('datasets/owner/name', { 'config.json': 'data' });
  const file = await connect().resolveFile({ repo, kind: 'dataset', file: 'config.json' });
  expect(await readFile(file, 'utf8')).toBe('data');
});

test('follows a branch that moved', async () => {
  await fetchWeights();
  hub.put('models/owner/name', { 'model.bin': Buffer.from('new content') });
  expect(await readFile(await fetchWeights(), 'utf8')).toBe('new content');
});

// ---- failures that pass

test.each([
  ['429', failWith(429)],
  ['500', failWith(500)],
  ['502', failWith(502)],
  ['a connection that closes at once', hangUp],
  ['silence', silent],
])('tries again after %s, for listings and for files', async (_, fault) => {
  hub.fail('/revision/', fault);
  hub.fail('/tree/', fault, fault);
  hub.fail('/stored/', fault, fault);
  expect((await readFile(await fetchWeights())).equals(weights)).toBe(true);
});

test('waits as long as Retry-After says', async () => {
  hub.fail('/stored/', failWith(429, { 'retry-after': '1' }));
  await fetchWeights();
  const [first, second] = hub.requestsOf('/stored/');
  expect(second!.at - first!.at).toBeGreaterThanOrEqual(990);
});

test('gives up after the tries of the policy, and says what the hub answered', async () => {
  hub.fail('/stored/', ...Array.from({ length: 9 }, () => failWith(503)));
  await expect(fetchWeights()).rejects.toMatchObject({
    code: 'HUB_DOWNLOAD_FAILED',
    message: expect.stringContaining('503'),
  });
  expect(hub.requestsOf('/stored/')).toHaveLength(4);
});

test('resumes a download where the connection was cut, more often than it may fail in a row', async () => {
  hub.fail('/stored/', ...Array.from({ length: 9 }, () => cutAfter(30_000, weights)));
  expect((await readFile(await fetchWeights())).equals(weights)).toBe(true);
  const starts = hub.requestsOf('/stored/').map(({ range }) => Number(/\d+/.exec(range ?? '0')![0]));
  expect(starts).toHaveLength(10);
  expect(starts).toEqual([...starts].toSorted((a, b) => a - b));
  expect(starts.at(-1)).toBeGreaterThan(200_000);
});

test('goes on in a later run with what an earlier one left behind', async () => {
  hub.fail('/stored/', cutAfter(100_000, weights), ...Array.from({ length: 3 }, () => failWith(500)));
  await expect(fetchWeights({ retry: { attempts: 3 } })).rejects.toMatchObject({
    code: 'HUB_DOWNLOAD_FAILED',
  });
  expect(await parts()).toHaveLength(1);
  hub.faults.clear();
  hub.requests.length = 0;
  expect((await readFile(await fetchWeights())).equals(weights)).toBe(true);
  expect(hub.requestsOf('/stored/')[0]!.range).toMatch(/^bytes=\d{4,}-$/);
  expect(await parts()).toEqual([]);
});

test('starts over when the server does not know ranges', async () => {
  hub.ignoresRanges = true;
  hub.fail('/stored/', cutAfter(100_000, weights));
  expect((await readFile(await fetchWeights())).equals(weights)).toBe(true);
});

test.each([
  ['too short', weights.subarray(0, 1000)],
  ['too long', Buffer.concat([weights, weights])],
  ['other content', Buffer.alloc(weights.length)],
])('repeats a download that came %s', async (_, wrong) => {
  hub.fail('/stored/', answerWith(wrong));
  expect((await readFile(await fetchWeights())).equals(weights)).toBe(true);
});

// ---- failures that stay

test('refuses content whose hash is not the stated one, and keeps none of it', async () => {
  hub.tamper = bytes => Buffer.alloc(bytes.length);
  await expect(fetchWeights()).rejects.toMatchObject({ code: 'HUB_CHECKSUM' });
  expect(await parts()).toEqual([]);
  hub.tamper = bytes => bytes;
  await fetchWeights();
});

test('checks small files too, whose hash is that of git', async () => {
  hub.tamper = bytes => Buffer.alloc(bytes.length);
  const config = connect().resolveFile({ repo, kind: 'model', file: 'config.json' });
  await expect(config).rejects.toMatchObject({ code: 'HUB_CHECKSUM' });
});

test('names the repository and the revision that the hub does not have', async () => {
  const missing = connect().open({ repo: 'owner/nane', kind: 'model', revision: 'v2' });
  await expect(missing).rejects.toMatchObject({
    code: 'HUB_NOT_FOUND',
    message: expect.stringContaining('v2'),
  });
});

test('lists the files there are when one is asked for that is not', async () => {
  const missing = connect().resolveFile({ repo, kind: 'model', file: 'model.safetensors' });
  await expect(missing).rejects.toMatchObject({
    code: 'HUB_FILE_UNKNOWN',
    found: 'config.json, model.bin, sub dir/ä.txt',
  });
});

test.each(['../etc', 'a/b/c', '', 'a//b', '/abs', 'a\\b', 'a/..'])('refuses the id %j', async id => {
  await expect(connect().open({ repo: id, kind: 'model' })).rejects.toMatchObject({ code: 'HUB_ID_INVALID' });
});

test.each(['../evil', 'a/../../evil', '/etc/passwd', 'a\\..\\b', 'C:/x', 'a//b'])(
  'refuses a listing with the path %j',
  async path => {
    hub.put('models/owner/name', { [path]: 'x' });
    const opened = connect().open({ repo, kind: 'model' });
    await expect(opened).rejects.toMatchObject({ code: 'HUB_RESPONSE_INVALID' });
  },
);

test('says what answered when it is no hub', async () => {
  hub.fail('/revision/', answerWith('<html>sign in</html>'));
  await expect(connect().open({ repo, kind: 'model' })).rejects.toMatchObject({
    code: 'HUB_RESPONSE_INVALID',
    found: expect.stringContaining('sign in'),
  });
});

test('ends a circle of redirects', async () => {
  hub.fail('/revision/', ...Array.from({ length: 40 }, () => redirect('/models/loop/revision/main')));
  await expect(connect().open({ repo, kind: 'model' })).rejects.toThrow('circles');
});

// ---- token

test('sends the token to the hub and not to the storage it redirects to', async () => {
  hub.requiredToken = 'hf_secret';
  await fetchWeights({ token: 'hf_secret\n' });
  expect(hub.requestsOf('/api/').every(seen => seen.authorization === 'Bearer hf_secret')).toBe(true);
  expect(hub.requestsOf('/stored/').map(seen => seen.authorization)).toEqual([undefined]);
});

test('never shows the token in an error', async () => {
  hub.requiredToken = 'hf_other';
  const error: unknown = await fetchWeights({ token: 'hf_secret' }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'HUB_FORBIDDEN', found: 'HF_TOKEN is set' });
  expect(() => createHub({ token: 'hf_sec ret\u0001' }, {})).toThrow(
    expect.objectContaining({ code: 'HUB_TOKEN_INVALID' }),
  );
  for (const shown of [error, catchError(() => createHub({ token: 'hf_sec ret' }, {}))]) {
    expect(JSON.stringify(shown, Object.getOwnPropertyNames(shown))).not.toMatch(/hf_sec/);
  }
});

function catchError(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

// ---- offline and local

test('offline: uses the cache and asks nobody', async () => {
  await fetchWeights();
  hub.requests.length = 0;
  const file = await fetchWeights({ offline: true });
  expect((await readFile(file)).equals(weights)).toBe(true);
  expect(hub.requests).toEqual([]);
});

test('offline: names the files that are missing and the folder they belong in', async () => {
  const { folder } = await connect().open({ repo, kind: 'model' });
  const incomplete = connect({ offline: true }).downloadRepo({ repo, kind: 'model' });
  await expect(incomplete).rejects.toMatchObject({
    code: 'HUB_NOT_CACHED',
    at: folder,
    found: 'missing: config.json, model.bin, sub dir/ä.txt',
  });
});

test('offline without any copy: says where to put which files', async () => {
  const env = { TINSMITH_OFFLINE: '1', TINSMITH_CACHE: cacheFolder };
  const opened = createHub({}, env).open({ repo, kind: 'model' });
  await expect(opened).rejects.toMatchObject({
    code: 'HUB_NOT_CACHED',
    fix: expect.stringMatching(/config\.json.*FOLDER\/owner\/name.*TINSMITH_MODELS/),
  });
});

test('without network: uses the last known commit and says so', async () => {
  await fetchWeights();
  await hub[Symbol.asyncDispose]();
  const notices: string[] = [];
  const file = await fetchWeights({ onNotice: text => notices.push(text) });
  expect((await readFile(file)).equals(weights)).toBe(true);
  expect(notices).toEqual([expect.stringContaining('cannot be reached')]);
});

test('without network and without a copy: says where to put which files', async () => {
  await hub[Symbol.asyncDispose]();
  await expect(fetchWeights()).rejects.toMatchObject({
    code: 'HUB_UNREACHABLE',
    fix: expect.stringContaining('TINSMITH_MODELS=FOLDER'),
  });
});

test('searches the folders of TINSMITH_MODELS first', async () => {
  const models = join(cacheFolder, 'mine');
  await mkdir(join(models, 'owner', 'name'), { recursive: true });
  await writeFile(join(models, 'owner', 'name', 'config.json'), 'mine');
  const env = { TINSMITH_MODELS: models, TINSMITH_CACHE: cacheFolder };
  const local = createHub({ endpoint: hub.endpoint }, env);
  const file = await local.resolveFile({ repo, kind: 'model', file: 'config.json' });
  expect(await readFile(file, 'utf8')).toBe('mine');
  expect(hub.requests).toEqual([]);
});

// ---- progress, cancelling, several at once

test('reports progress up to the whole size', async () => {
  const seen: HubProgress[] = [];
  await fetchWeights({ onProgress: progress => seen.push(progress) });
  expect(seen.at(-1)).toMatchObject({ receivedBytes: 300_000, totalBytes: 300_000, state: 'done' });
});

test('a cancelled download rejects with the reason and can be continued', async () => {
  const stop = new AbortController();
  hub.fail('/stored/', cutAfter(100_000, weights), silent);
  const download = fetchWeights({ signal: stop.signal, retry: { silence: 60_000 } });
  while (hub.requestsOf('/stored/').length < 2) await new Promise(resolve => setImmediate(resolve));
  stop.abort(new Error('enough'));
  await expect(download).rejects.toThrow('enough');
  hub.faults.clear();
  expect((await readFile(await fetchWeights())).equals(weights)).toBe(true);
});

test('several callers share one download', async () => {
  await Promise.all(Array.from({ length: 5 }, () => fetchWeights()));
  expect(hub.requestsOf('/stored/')).toHaveLength(1);
});

/** Empties the cache but for a part file as another process would have left it. */
async function leavePart(host: string, pid: number): Promise<string> {
  await fetchWeights();
  const folder = join(cacheFolder, 'hub/models/owner/name');
  await rm(join(folder, 'snapshots'), { recursive: true });
  const hash = createHash('sha256').update(weights).digest('hex');
  const part = join(folder, 'parts', `${hash}_${host}_${pid}-0_x.part`);
  await writeFile(part, weights.subarray(0, 200_000));
  hub.requests.length = 0;
  return part;
}

test('continues what a dead process left behind', async () => {
  await leavePart(hostname().replaceAll(/[^A-Za-z0-9-]/g, '-'), 999_999_999);
  await fetchWeights();
  expect(hub.requestsOf('/stored/').map(seen => seen.range)).toEqual(['bytes=200000-']);
  expect(await parts()).toEqual([]);
});

test('waits while another machine is writing the same file, and does not touch what it writes', async () => {
  const part = await leavePart('other-machine', 1);
  const states: string[] = [];
  const download = fetchWeights({
    onProgress: ({ state }) => {
      states.push(state);
      if (state === 'waiting') rmSync(part, { force: true }); // the other machine gives up
    },
  });
  expect((await readFile(await download)).equals(weights)).toBe(true);
  expect(states[0]).toBe('waiting');
  expect(hub.requestsOf('/stored/').map(seen => seen.range)).toEqual([undefined]);
});

test('does not wait for a part file that has not grown for a minute', async () => {
  const part = await leavePart('other-machine', 1);
  await utimes(part, new Date(), new Date(Date.now() - 61_000));
  await fetchWeights();
  expect((await readFile(part)).length).toBe(200_000);
});
