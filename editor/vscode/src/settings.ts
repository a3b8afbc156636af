/** The settings that the server gets: those that somebody set, and nothing that a workspace may not set. */

/** As `WorkspaceConfiguration.inspect` tells. */
export interface Inspected {
  globalValue?: unknown;
  workspaceValue?: unknown;
  workspaceFolderValue?: unknown;
}

/** Sections of the server's schema; a workspace may set the first one only. */
export const SECTIONS = ['solve', 'model', 'sandbox', 'contest'] as const;
const FROM_WORKSPACE = 'solve';
/** Empty, it is the embedded model, whatever the `sstar.toml` of the user says. */
const EMPTY_COUNTS = 'model.base_url';

/** Names (without `sstar.`) of the server's settings among those that `package.json` contributes. */
export function serverSettings(contributed: readonly string[]): string[] {
  return contributed
    .filter((name) => name.startsWith('sstar.'))
    .map((name) => name.slice('sstar.'.length))
    .filter((name) => SECTIONS.some((section) => name.startsWith(`${section}.`)));
}

/**
 * The section `sstar` as the server wants it: nested, without defaults (they would hide `sstar.toml`).
 * All sections are there, if empty, so that a setting that was taken back is taken back in the server.
 */
export function section(
  names: readonly string[],
  inspect: (name: string) => Inspected | undefined,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const name of names) {
    const top = name.split('.')[0]!;
    result[top] ??= {};
    const found = inspect(name);
    const value =
      top === FROM_WORKSPACE
        ? (found?.workspaceFolderValue ?? found?.workspaceValue ?? found?.globalValue)
        : found?.globalValue;
    const isEmpty = value === '' && name !== EMPTY_COUNTS;
    if (value !== undefined && value !== null && !isEmpty) put(result, name.split('.'), value);
  }
  return result;
}

function put(into: Record<string, unknown>, path: string[], value: unknown): void {
  const [key, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) {
    into[key] = value;
    return;
  }
  into[key] ??= {};
  put(into[key] as Record<string, unknown>, rest, value);
}
