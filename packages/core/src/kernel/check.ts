/** Checks of the graph of offers, before anything is created: duplicates, missing providers, cycles. */
import { TinsmithError } from '../error.js';
import type { AnyToken } from '../token.js';
import { describe, type Offer, offersOf } from './offer.js';

/** `everybody`: no plugin was left out, so that what nobody offers is missing. */
export function checkOffers(
  offers: readonly Offer[],
  { everybody }: { readonly everybody: boolean },
): readonly TinsmithError[] {
  return [...duplicates(offers), ...(everybody ? missing(offers) : []), ...cycles(offers)];
}

function duplicates(offers: readonly Offer[]): TinsmithError[] {
  const groups = Map.groupBy(
    offers.filter(offer => offer.token.cardinality !== 'many'),
    describe,
  );
  return [...groups].flatMap(([what, group]) => {
    if (group.length < 2) return [];
    const names = group.map(offer => offer.plugin);
    return new TinsmithError({
      code: 'PROVIDER_DUPLICATE',
      message: `${names.length} plugins provide ${what}, and only one may`,
      at: 'plugins',
      found: names.join(', '),
      fix: `keep one of them in \`plugins\``,
    });
  });
}

function missing(offers: readonly Offer[]): TinsmithError[] {
  return offers.flatMap(offer =>
    dependencies(offer)
      .filter(token => token.cardinality === 'one' && offersOf(offers, token).length === 0)
      .map(
        token =>
          new TinsmithError({
            code: 'PROVIDER_MISSING',
            plugin: offer.plugin,
            message: `${describe(offer)} needs ${token.id}, and no plugin provides it`,
            at: 'plugins',
            fix: `add a plugin that provides ${token.id}`,
          }),
      ),
  );
}

/** Every cycle of `deps` once. A named token is a registry, asked at run time: it closes no cycle here. */
function cycles(offers: readonly Offer[]): TinsmithError[] {
  const problems: TinsmithError[] = [];
  const done = new Set<Offer>();

  function visit(offer: Offer, path: readonly Offer[]) {
    if (done.has(offer)) return;
    if (path.includes(offer)) {
      const cycle = [...path.slice(path.indexOf(offer)), offer];
      problems.push(
        new TinsmithError({
          code: 'PROVIDER_CYCLE',
          plugin: offer.plugin,
          message: 'providers need each other, so none can be created first',
          at: 'plugins',
          found: cycle.map(member => `${describe(member)} (${member.plugin})`).join(' -> '),
          fix: 'remove one of the plugins, or one of their `deps`',
        }),
      );
      return;
    }
    for (const token of dependencies(offer)) {
      if (token.cardinality === 'named') continue;
      for (const needed of offersOf(offers, token)) visit(needed, [...path, offer]);
    }
    done.add(offer);
  }

  for (const offer of offers) visit(offer, []);
  return problems;
}

const dependencies = (offer: Offer): AnyToken[] => Object.values(offer.provider.deps ?? {});
