/** Keys from the environment: handed out by name, and kept out of everything that is written. */
import { TinsmithError, type Secrets } from '@tinsmith/core';

export type Environment = Readonly<Record<string, string | undefined>>;

const secretVariable = /(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$/;
/** Shorter values, and bare numbers, would blot out ordinary text. */
const looksSafeToReplace = (value: string) => value.length >= 8 && !/^[\d.]+$/.test(value);

/** The environment's secrets, and what must not be shown because of them. */
export class EnvironmentSecrets implements Secrets {
  readonly #environment: Environment;
  /** What must not be written -> what is written instead. */
  readonly #hidden = new Map<string, string>();
  #pattern: RegExp | undefined;

  /** Values of variables whose names say that they are secret are hidden from the beginning. */
  constructor(environment: Environment) {
    this.#environment = environment;
    for (const [name, value = ''] of Object.entries(environment)) {
      if (secretVariable.test(name)) this.#hide(name, value);
    }
  }

  /** From now on the value is hidden, whatever its variable is called, unless it is as short as an ordinary word. */
  require(name: string): string {
    const value = this.#environment[name];
    if (!value) {
      throw new TinsmithError({
        code: 'SECRET_MISSING',
        message: `the environment variable ${name} is not set`,
        fix: `export ${name}=...`,
      });
    }
    this.#hide(name, value);
    return value;
  }

  /** The text with the names of variables in place of their values. */
  readonly redact = (text: string): string =>
    this.#pattern ? text.replace(this.#pattern, found => this.#hidden.get(found) ?? found) : text;

  #hide(name: string, value: string): void {
    if (!looksSafeToReplace(value)) return;
    // Also as JSON and URLs write it.
    for (const form of [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)]) {
      this.#hidden.set(form, `<${name}>`);
    }
    // The longest first: a value that begins with another one would leave its end behind.
    const forms = [...this.#hidden.keys()].toSorted((a, b) => b.length - a.length);
    this.#pattern = new RegExp(
      forms.map(form => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'),
      'g',
    );
  }
}
