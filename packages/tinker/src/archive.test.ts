import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { downloadCheckpoint, extractTar } from './archive.js';
import { RestClient } from './rest-client.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinker-archive-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Entry {
  readonly name: string;
  readonly content?: string;
  readonly type?: string;
  readonly link?: string;
}

function tar(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ name, content = '', type = '0', link = '' }) => {
    const header = Buffer.alloc(512);
    header.write(name, 0, 100);
    header.write('0000644\0', 100);
    header.write(`${Buffer.byteLength(content).toString(8).padStart(11, '0')}\0`, 124);
    header.write('        ', 148);
    header.write(type, 156);
    header.write(link, 157, 100);
    header.write('ustar\0', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    const body = Buffer.alloc(Math.ceil(Buffer.byteLength(content) / 512) * 512);
    body.write(content);
    return [header, body];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
}

const GOOD = [
  { name: '', type: '5' }, // as SkyRL begins its archives
  { name: 'adapter/', type: '5' },
  { name: 'adapter/adapter_config.json', content: '{"r":8}' },
  { name: 'adapter/weights.bin', content: 'x'.repeat(1500) },
];

describe('extracting', () => {
  test.each([
    ['plain', (bytes: Buffer) => bytes],
    ['gzip', (bytes: Buffer) => gzipSync(bytes)],
    ['zstd', (bytes: Buffer) => zstdCompressSync(bytes)],
  ])('reads a %s archive', async (_name, compress) => {
    const files = await extractTar(inPieces(compress(tar(GOOD))), folder);
    expect(files).toEqual(['adapter/adapter_config.json', 'adapter/weights.bin']);
    expect(await readFile(join(folder, 'adapter/adapter_config.json'), 'utf8')).toBe('{"r":8}');
    expect(await readFile(join(folder, 'adapter/weights.bin'), 'utf8')).toHaveLength(1500);
  });

  test('reads long names of both kinds', async () => {
    const long = `${'d'.repeat(90)}/${'f'.repeat(90)}`;
    const pax = ` path=${long}x\n`;
    const record = `${pax.length + 3}${pax}`;
    await extractTar(
      inPieces(
        tar([
          { name: '././@LongLink', type: 'L', content: `${long}\0` },
          { name: 'short', content: 'gnu' },
          { name: 'pax', type: 'x', content: record },
          { name: 'short', content: 'pax' },
        ]),
      ),
      folder,
    );
    expect(await readFile(join(folder, long), 'utf8')).toBe('gnu');
    expect(await readFile(join(folder, `${long}x`), 'utf8')).toBe('pax');
  });

  test.each<[string, readonly Entry[]]>([
    ['a path that goes up', [{ name: '../evil', content: 'x' }]],
    ['a path that goes up inside', [{ name: 'a/../../evil', content: 'x' }]],
    ['an absolute path', [{ name: '/tmp/evil', content: 'x' }]],
    ['a drive letter', [{ name: 'c:evil', content: 'x' }]],
    ['a backslash', [{ name: '..\\evil', content: 'x' }]],
    ['a symbolic link', [{ name: 'link', type: '2', link: '/etc/passwd' }]],
    ['a hard link', [{ name: 'link', type: '1', link: '../evil' }]],
    ['a device', [{ name: 'device', type: '3' }]],
  ])('refuses %s', async (_name, entries) => {
    await expect(extractTar(inPieces(tar(entries)), folder)).rejects.toMatchObject({ code: 'bad_response' });
    expect(await readdir(folder)).toEqual([]);
  });

  test('refuses a second file of the same name', async () => {
    const twice = tar([
      { name: 'a', content: '1' },
      { name: 'a', content: '2' },
    ]);
    await expect(extractTar(inPieces(twice), folder)).rejects.toThrow(/EEXIST/);
  });

  test('refuses an archive that is cut off or damaged', async () => {
    const whole = tar(GOOD);
    await expect(extractTar(inPieces(whole.subarray(0, 1700)), folder)).rejects.toThrow(/ends too early/);
    const damaged = Buffer.from(whole);
    damaged[3] = 1;
    await expect(extractTar(inPieces(damaged), join(folder, 'b'))).rejects.toThrow(/damaged/);
  });
});

describe('downloading', () => {
  const body = tar(GOOD);
  let seen: (string | undefined)[];
  const server = createServer((request, response) => {
    seen.push(request.headers['x-api-key'] as string | undefined);
    if (request.url === '/archive.tar') return response.end(body);
    // As SkyRL: the archive is known under the id that the listing has, which is the bare name.
    if (request.url?.endsWith('/checkpoints'))
      return response.end(
        JSON.stringify({
          checkpoints: [
            { checkpoint_id: 'x', tinker_path: 'tinker://run:train:0/sampler_weights/x', time: '2030-01-01' },
          ],
        }),
      );
    if (/\/checkpoints\/(x|weights\/y)\/archive$/.test(request.url ?? ''))
      return response.writeHead(302, { location: `${url()}/archive.tar` }).end();
    if (request.url?.endsWith('external_weights_urls'))
      return response.end(
        JSON.stringify({ urls: { 'a.json': `${url()}/archive.tar` }, expires: '2030-01-01T00:00:00Z' }),
      );
    return response.end('{}');
  });
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  beforeEach(async () => {
    seen = [];
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => new Promise(resolve => server.close(resolve).closeAllConnections()));

  const client = (dialect: '0.25.0' | '0.38.0') =>
    new RestClient({ apiKey: 'tml-x', baseUrl: url(), dialect, logger: false });

  test('an archive becomes a folder, and the key does not travel to where the archive lies', async () => {
    await using rest = client('0.25.0');
    const target = join(folder, 'checkpoint');
    await downloadCheckpoint(rest, 'tinker://run:train:0/sampler_weights/x', target);
    expect(await readdir(join(target, 'adapter'))).toEqual(['adapter_config.json', 'weights.bin']);
    expect(seen.at(-1)).toBeUndefined();
    await expect(downloadCheckpoint(rest, 'tinker://run:train:0/sampler_weights/x', target)).rejects.toThrow(
      /force/,
    );
    await downloadCheckpoint(rest, 'tinker://run:train:0/sampler_weights/x', target, { force: true });
  });

  test('what is too large leaves nothing behind', async () => {
    await using rest = client('0.25.0');
    const target = join(folder, 'checkpoint');
    const download = downloadCheckpoint(rest, 'tinker://run:train:0/weights/y', target, { maxBytes: 1000 });
    await expect(download).rejects.toThrow(/larger than 1000/);
    expect(await readdir(folder)).toEqual([]);
  });

  test('an export is its files, and an archive of the newer dialect is explained', async () => {
    await using rest = client('0.38.0');
    expect(await downloadCheckpoint(rest, 'tinker://run/external_weights/x', join(folder, 'e'))).toEqual([
      'a.json',
    ]);
    await expect(downloadCheckpoint(rest, 'tinker://run/weights/x', join(folder, 'w'))).rejects.toMatchObject(
      {
        code: 'unsupported',
      },
    );
  });
});
