/** Made-up names, never twice the same, so that what is said about them has to be read. */
import { type NonEmpty, type Random, wordsOf } from './random.js';

const beginnings = wordsOf(
  'Ba Be Bo Da De Do Ka Ke Ko La Le Lo Ma Me Mo Na Ne No Pa Pe Ra Re Ro Sa Se So Ta Te To Va Ve Vo',
);
const middles = wordsOf(
  'bi da di do ga go ka ki la li lo ma mi mo na ni no ra ri ro sa si so ta ti to va vi',
);
const ends = wordsOf('n l r s lin mar nor ra ta to den ford ville');

export const madeUpName = (random: Random): string =>
  random.pick(beginnings) + (random.chance(0.6) ? random.pick(middles) : '') + random.pick(ends);

export const firstNames: NonEmpty<string> = wordsOf(
  'Anna Ben Carl Dora Emil Fred Greta Hans Ida Jack Karl Lena Max Nora Otto Paul Rosa Sam Tom Vera',
);
