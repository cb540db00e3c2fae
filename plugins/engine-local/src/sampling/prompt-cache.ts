/**
 * Keys and values of prompts that have been run, so that a prompt which starts like an earlier one is run from where they part. Kept
 * in blocks of positions, each once however many prompts begin with it; the least recently used go when there is no room. Blocks come
 * from prompts only, never from sampled tokens, whose keys and values may differ in the last bit: so a hit changes no result.
 */
import type { ModelConfig } from '../model/index.js';
import type { Policy } from '../worker/policy.js';
import { bytesPerPosition, copyPositions, emptyKeyValues, type KeyValues } from './key-values.js';

/** A multiple of 16: see `lengthFor`. */
export const blockLength = 32;

interface Block {
  readonly id: number;
  readonly bytes: number;
  readonly keyValues: KeyValues;
}
type Entry = readonly [key: string, block: Block];

export class PromptCache {
  #mostBytes: number;
  /** By the policy, the block before and the tokens; least recently used first. */
  readonly #blocks = new Map<string, Block>();
  /** What stands before the first block of a policy's prompts. */
  readonly #roots = new WeakMap<Policy, number>();
  #bytes = 0;
  #lastId = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Positions at the start of a prompt that are known, never all of them: the last token has to be run for its logits. */
  known(policy: Policy, tokens: Int32Array): number {
    return this.#chain(policy, tokens).length * blockLength;
  }

  /** Copies the first positions of a prompt, as many as {@link known} says, into `into`. @returns how many */
  read(policy: Policy, tokens: Int32Array, into: KeyValues): number {
    const chain = this.#chain(policy, tokens);
    this.#touch(chain);
    chain.forEach(([, { keyValues }], index) =>
      copyBlock(policy.config, keyValues, 0, into, index * blockLength),
    );
    return chain.length * blockLength;
  }

  /** Keeps the whole blocks of a prompt. */
  write(policy: Policy, tokens: Int32Array, from: KeyValues): void {
    const { config } = policy;
    const bytes = blockLength * bytesPerPosition(config);
    const chain: Entry[] = [];
    let parent = this.#rootOf(policy);
    for (let start = 0; start + blockLength <= tokens.length; start += blockLength) {
      const key = keyOf(parent, tokens, start);
      let block = this.#blocks.get(key);
      if (!block) {
        block = { id: ++this.#lastId, bytes, keyValues: emptyKeyValues(config, blockLength) };
        copyBlock(config, from, start, block.keyValues, 0);
        this.#bytes += bytes;
      }
      chain.push([key, block]);
      parent = block.id;
    }
    this.#touch(chain);
    this.#drop();
  }

  /** What it may take from now on. */
  resize(mostBytes: number): void {
    this.#mostBytes = mostBytes;
    this.#drop();
  }

  #drop(): void {
    for (const [key, block] of this.#blocks) {
      if (this.#bytes <= this.#mostBytes) break;
      this.#blocks.delete(key);
      this.#bytes -= block.bytes;
    }
  }

  #chain(policy: Policy, tokens: Int32Array): Entry[] {
    const chain: Entry[] = [];
    let parent = this.#rootOf(policy);
    for (let start = 0; start + blockLength < tokens.length; start += blockLength) {
      const key = keyOf(parent, tokens, start);
      const block = this.#blocks.get(key);
      if (!block) break;
      chain.push([key, block]);
      parent = block.id;
    }
    return chain;
  }

  /** Marks blocks as used, the last first: a block is then always younger than those that follow it, and goes after them. */
  #touch(chain: readonly Entry[]): void {
    for (const [key, block] of chain.toReversed()) {
      this.#blocks.delete(key);
      this.#blocks.set(key, block);
    }
  }

  #rootOf(policy: Policy): number {
    let root = this.#roots.get(policy);
    if (root === undefined) this.#roots.set(policy, (root = ++this.#lastId));
    return root;
  }
}

function copyBlock(
  { keyValueHeads: heads, headSize: size }: ModelConfig,
  from: KeyValues,
  fromPosition: number,
  to: KeyValues,
  toPosition: number,
): void {
  for (const kind of ['keys', 'values'] as const)
    for (const [layer, array] of from[kind].entries())
      copyPositions(
        { array, start: 0, length: from.length, at: fromPosition },
        { array: to[kind][layer]!, start: 0, length: to.length, at: toPosition },
        { heads, size, count: blockLength },
      );
}

const keyOf = (parent: number, tokens: Int32Array, start: number): string =>
  `${parent}:${tokens.subarray(start, start + blockLength).join()}`;
