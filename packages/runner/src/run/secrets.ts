/** Keys from the environment: handed out by name, and kept out of what is written. */
import { TinsmithError, type Secrets } from '@tinsmith/core';

type Environment = Readonly<Record<string, string | undefined>>;

export function environmentSecrets(environment: Environment): Secrets {
  return {
    require(name) {
      const value = environment[name];
      if (value) return value;
      throw new TinsmithError({
        code: 'SECRET_MISSING',
        message: `the environment variable ${name} is not set`,
        fix: `export ${name}=...`,
      });
    },
  };
}

const secretVariable = /(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$/;
/** Shorter values would blot out ordinary words. */
const shortest = 8;

/** Replaces the values of secret-looking environment variables by their names. */
export function redactor(environment: Environment): (text: string) => string {
  const secrets = Object.entries(environment).filter(
    (variable): variable is [string, string] =>
      secretVariable.test(variable[0]) && (variable[1]?.length ?? 0) >= shortest,
  );
  return text => secrets.reduce((clean, [name, value]) => clean.replaceAll(value, `<${name}>`), text);
}
