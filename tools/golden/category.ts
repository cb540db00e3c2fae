/**
 * What a category of golden vectors is to the runner: cases with checks, and each check's measured distances. To add a category,
 * write a module that exports a `Category` and list it in `categories.ts`. Knows nothing of what is measured.
 */
export interface Category {
  /** The sub-folder of the golden folder. */
  readonly name: string;
  /** Finds the cases by listing the folder. Throws if there is none, or if one cannot be read. */
  open(folder: string): Promise<readonly GoldenCase[]>;
}

export interface GoldenCase {
  readonly name: string;
  readonly checks: readonly GoldenCheck[];
  /** Frees what the checks used. */
  close(): Promise<void>;
}

export interface GoldenCheck {
  readonly id: string;
  /** Why the check is not run yet. */
  readonly skipped?: string | undefined;
  /** Throws if something that should be there is missing. */
  run(): Promise<readonly Measurement[]>;
}

export interface Measurement {
  readonly quantity: string;
  /** 0 is perfect. What is not a number counts as a failure. */
  readonly distance: number;
  readonly limit: number;
}

export const passes = ({ distance, limit }: Measurement): boolean => distance <= limit;

/** The measurement that uses most of its limit; a failure before any success. */
export function worst(measurements: readonly Measurement[]): Measurement | undefined {
  const use = ({ distance, limit }: Measurement) => {
    if (Number.isNaN(distance)) return Infinity;
    return limit === 0 ? (distance === 0 ? 0 : Infinity) : distance / limit;
  };
  return measurements.toSorted((a, b) => use(b) - use(a))[0];
}
