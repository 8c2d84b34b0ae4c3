const WIDTH = 4;
const HEIGHT = 2;

/** The path of marks at heights in order, CSS pixels; those that touch become one. */
export function marksPath(tops: readonly number[]): string {
  const marks: { from: number; to: number }[] = [];
  for (const top of tops) {
    const from = Math.floor(top);
    const last = marks.at(-1);
    if (last && from <= last.to) last.to = from + HEIGHT;
    else marks.push({ from, to: from + HEIGHT });
  }
  return marks.map(({ from, to }) => `M0 ${from}h${WIDTH}V${to}h-${WIDTH}z`).join('');
}
