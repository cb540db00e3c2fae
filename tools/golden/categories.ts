/** The categories that can be run. */
import type { Category } from './category.ts';
import { engine } from './engine/index.ts';
import { renderers } from './renderers/index.ts';
import { protocol } from './protocol/index.ts';

export const categories: readonly Category[] = [engine, renderers, protocol];
