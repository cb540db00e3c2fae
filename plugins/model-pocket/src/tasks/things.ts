/** Thirty-two things and what is known about them: what facts, games and labels are made of. Knows nothing about tokens. */
import type { NonEmpty } from './random.js';

export interface Thing {
  readonly name: string;
  readonly kind: Kind;
  readonly color: string;
  readonly size: 'big' | 'small';
  /** Where it is, as people say it: `in the garden`. */
  readonly place: string;
}

export const kinds = ['animal', 'plant', 'food', 'vehicle', 'tool'] as const;
export type Kind = (typeof kinds)[number];

const table = `
cat      animal   black   small  in the house
dog      animal   brown   big    in the house
cow      animal   brown   big    on the farm
sheep    animal   white   big    on the farm
duck     animal   yellow  small  on the farm
frog     animal   green   small  in the forest
bear     animal   black   big    in the forest
fox      animal   red     small  in the forest
whale    animal   black   big    in the sea
crab     animal   red     small  in the sea
bird     animal   yellow  small  in the sky
tree     plant    green   big    in the forest
moss     plant    green   small  in the forest
rose     plant    red     small  in the house
grass    plant    green   small  on the farm
corn     plant    yellow  big    on the farm
apple    food     red     small  on the farm
bread    food     brown   small  in the house
rice     food     white   small  in the house
cheese   food     yellow  small  in the house
milk     food     white   small  on the farm
berry    food     red     small  in the forest
car      vehicle  red     big    on the road
bus      vehicle  yellow  big    on the road
boat     vehicle  white   big    in the sea
plane    vehicle  white   big    in the sky
balloon  vehicle  red     big    in the sky
tractor  vehicle  green   big    on the farm
pen      tool     black   small  in the house
hammer   tool     brown   small  in the house
spade    tool     brown   big    on the farm
axe      tool     black   big    in the forest`;

export const things: NonEmpty<Thing> = table
  .trim()
  .split('\n')
  .map(line => {
    const [name, kind, color, size, ...place] = line.split(/ +/);
    return { name, kind, color, size, place: place.join(' ') };
  }) as unknown as NonEmpty<Thing>;

export const colors = unique(things.map(thing => thing.color));
export const places = unique(things.map(thing => thing.place));

function unique(values: readonly string[]): NonEmpty<string> {
  return [...new Set(values)] as unknown as NonEmpty<string>;
}

/** `an animal`, but `food`. */
export const withArticle = (kind: Kind): string =>
  kind === 'food' ? 'food' : `${kind === 'animal' ? 'an' : 'a'} ${kind}`;

export const isAlive = ({ kind }: Thing): boolean => kind === 'animal' || kind === 'plant';

/** A question about a thing that has the answer yes or no: `Is it red?` */
export interface YesNoQuestion {
  readonly text: string;
  readonly holds: (thing: Thing) => boolean;
}

export const yesNoQuestions: NonEmpty<YesNoQuestion> = [
  { text: 'Is it alive?', holds: isAlive },
  { text: 'Is it big?', holds: thing => thing.size === 'big' },
  ...kinds.map(kind => ({
    text: `Is it ${withArticle(kind)}?`,
    holds: (thing: Thing) => thing.kind === kind,
  })),
  ...colors.map(color => ({ text: `Is it ${color}?`, holds: (thing: Thing) => thing.color === color })),
  ...places.map(place => ({ text: `Is it ${place}?`, holds: (thing: Thing) => thing.place === place })),
];
