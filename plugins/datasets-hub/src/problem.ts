/** Problems with data, as users see them: which file, which line, what was found, what to try. */
import { type ErrorDetails, nearest, TinsmithError } from '@tinsmith/core';

export function problem(details: ErrorDetails): TinsmithError {
  return new TinsmithError({ plugin: '@tinsmith/datasets-hub', ...details });
}

/** At most `count` of the names. */
export function listSome(names: readonly string[], count = 12): string {
  const more = names.length > count ? ` and ${names.length - count} more` : '';
  return names.slice(0, count).join(', ') + more;
}

/** The beginning of a text, as it would stand in JSON. */
export function excerpt(text: string, length = 60): string {
  return JSON.stringify(text.length > length ? `${text.slice(0, length)}…` : text);
}

/** A column that was asked for and is not there. */
export function unknownColumn(column: string, names: readonly string[], at: string): TinsmithError {
  const near = nearest(column, names);
  return problem({
    code: 'DATA_COLUMN_UNKNOWN',
    message: `there is no column ${column}`,
    at,
    found: listSome(names),
    fix: near === undefined ? 'name a column that is there' : `column: ${near}`,
  });
}
