/** What plugins provide, in few words. */
import { describeOffer, type Offer } from '@tinsmith/core/kernel';

/** More names of one kind than this are counted. */
const mostNames = 6;

/** `engine "local"`, `renderer (39 names)`. */
export function providersInShort(offers: readonly Offer[]): readonly string[] {
  return [...Map.groupBy(offers, ({ token }) => token.id)].flatMap(([id, group]) =>
    group.length > mostNames ? `${id} (${group.length} names)` : group.map(describeOffer),
  );
}
