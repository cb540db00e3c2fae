/**
 * The credential of a connection: the key itself, or a short-lived JWT that the server gives for it when its
 * configuration says so (protocol, section 2.4). Ages are measured with the monotonic clock, so that a clock that is set
 * neither expires a token early nor keeps a dead one.
 */
import { badInput, badResponse, TinkerError } from './errors.js';
import { now } from './http/limits.js';
import type { Authorizer, Http } from './http/http.js';
import type { Settings } from './options.js';

/** Who a JWT speaks for, read without verification. */
export interface Identity {
  readonly subject: string;
  readonly email?: string;
  /** `tml:organization:<id>`. */
  readonly organization?: string;
}

interface Token {
  readonly jwt: string;
  /** `now()` from which it is replaced before use. */
  readonly renewAt: number;
  readonly deadAt: number;
}

const RETRY_AFTER_FAILURE_MS = 60_000;
const MARGIN_MS = 60_000;

export class Auth implements Authorizer {
  readonly #credential: () => Promise<string>;
  #exchange: ((signal?: AbortSignal) => Promise<string>) | undefined;
  #token: Token | undefined;
  #pending: Promise<Token> | undefined;
  #failedAt = -Infinity;

  constructor(settings: Settings) {
    this.#credential = async () => {
      const key = await settings.credential();
      if (key.startsWith('eyJ')) checkExpiry(key);
      return key;
    };
  }

  /** From now on the key is exchanged for a JWT, at once for the first time. */
  async useTokens(http: Http): Promise<void> {
    this.#exchange = async () => {
      const own: Authorizer = { key: this.#credential, refresh: () => Promise.resolve(false) };
      const answer = await http.call({ method: 'POST', path: 'auth/token', json: {}, layers: 'AB' }, own);
      const jwt = (answer.json() as { jwt?: unknown } | undefined)?.jwt;
      if (typeof jwt !== 'string') throw badResponse('auth/token: the answer has no jwt');
      return jwt;
    };
    await this.#renew();
  }

  key = async (): Promise<string> => {
    if (!this.#exchange) return this.#credential();
    const token = this.#token;
    if (!token || now() >= token.deadAt) return (await this.#renew()).jwt;
    if (now() >= token.renewAt && now() - this.#failedAt >= RETRY_AFTER_FAILURE_MS)
      // In the background: the token at hand is still good.
      this.#renew().catch(() => {});
    return token.jwt;
  };

  refresh = async (stale: string): Promise<boolean> => {
    if (!this.#exchange) return false;
    if (this.#token?.jwt !== stale && this.#token) return true;
    this.#token = undefined;
    await this.#renew();
    return true;
  };

  async identity(): Promise<Identity> {
    const key = await this.key();
    if (!key.startsWith('eyJ'))
      throw new TinkerError('unsupported', 'whoami: this server uses plain API keys, which name nobody');
    const { sub, email, org_id: organization } = claimsOf(key);
    if (typeof sub !== 'string') throw badResponse('whoami: the token names no subject');
    return {
      subject: sub,
      ...(typeof email === 'string' && { email }),
      ...(typeof organization === 'string' && { organization: `tml:organization:${organization}` }),
    };
  }

  #renew(): Promise<Token> {
    this.#pending ??= (async () => {
      try {
        const jwt = await this.#exchange!();
        const { exp, iat } = claimsOf(jwt);
        const asked = now();
        const life =
          typeof exp === 'number' ? (exp - (typeof iat === 'number' ? iat : Date.now() / 1000)) * 1000 : NaN;
        // At half of its life, as 0.38.0 does; without `iat` after a minute.
        const renewIn = typeof iat === 'number' && life > 0 ? life * (0.45 + 0.1 * Math.random()) : MARGIN_MS;
        this.#token = {
          jwt,
          renewAt: asked + renewIn,
          deadAt: asked + (life > 0 ? Math.max(life - MARGIN_MS, renewIn) : Infinity),
        };
        return this.#token;
      } catch (error) {
        this.#failedAt = now();
        throw error;
      } finally {
        this.#pending = undefined;
      }
    })();
    return this.#pending;
  }
}

function checkExpiry(jwt: string): void {
  const { exp } = claimsOf(jwt);
  if (typeof exp === 'number' && exp * 1000 <= Date.now())
    throw badInput(`the API key is a JWT that expired at ${new Date(exp * 1000).toISOString()}`);
}

function claimsOf(jwt: string): Readonly<Record<string, unknown>> {
  try {
    const payload = (jwt.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    return JSON.parse(atob(payload)) as Record<string, unknown>;
  } catch {
    return {};
  }
}
