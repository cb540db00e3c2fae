/** What plugins registered in `setup`: offers of providers. Creates nothing. */
import type { Deps, Provider } from '../plugin.js';
import type { AnyToken } from '../token.js';

export interface Offer {
  readonly token: AnyToken;
  /** Only for named tokens. */
  readonly name: string | undefined;
  readonly plugin: string;
  readonly provider: Provider<unknown, Deps>;
}

/** `engine "local"`, `run-directory`: an offer in words. */
export const describe = (offer: Offer) => nameOf(offer.token, offer.name);

export const nameOf = (token: AnyToken, name?: string) =>
  name === undefined ? token.id : `${token.id} "${name}"`;

/** The offer of that name, else the first one that has it as an alias. */
export const offerNamed = (offers: readonly Offer[], name: string | undefined): Offer | undefined =>
  offers.find(offer => offer.name === name) ??
  offers.find(({ provider }) => name !== undefined && provider.aliases?.includes(name));

export const offersOf = (offers: readonly Offer[], token: AnyToken) =>
  offers.filter(offer => offer.token.id === token.id);
