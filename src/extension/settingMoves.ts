/** A setting that is called otherwise than in an earlier version; names without `tasktower.`. */
export interface SettingMove {
  from: string;
  to: string;
  /** What the old value is in the new setting; without it, the same. */
  as?: (value: unknown) => unknown;
}

/** What to write in one scope: `value` to `to`, then nothing to `from`. */
export interface MovedValue {
  from: string;
  to: string;
  value: unknown;
}

/** Every name that a version had and package.json has no more. A setting without a successor stays there, with a `deprecationMessage`. */
export const SETTING_MOVES: readonly SettingMove[] = [];

/** What is to be moved in one scope. Where the new setting has a value already that one counts, and the old is left alone. */
export function movesIn(valueOf: (name: string) => unknown, moves: readonly SettingMove[]): MovedValue[] {
  const taken = new Set<string>();
  return moves.flatMap(({ from, to, as = (value) => value }) => {
    const old = valueOf(from);
    const value = old === undefined || valueOf(to) !== undefined || taken.has(to) ? undefined : as(old);
    if (value === undefined) return [];
    taken.add(to);
    return [{ from, to, value }];
  });
}
