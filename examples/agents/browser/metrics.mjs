/**
 * What breaking one rule costs, by how much it hurts people (axe's impact). A page starts with 100 points and loses these
 * once for every broken rule, however many elements break it; the score never falls below 0.
 */
const COST = { critical: 10, serious: 7, moderate: 3, minor: 1 };

/**
 * Accessibility of one page from an axe-core report, as the tower reads it: `score` 0..100, how many elements break a rule, by
 * impact, and `incomplete`, how many a person has to look at. Empty when no rule ran: that is not a perfect page.
 * @returns {{ score?: number, critical?: number, serious?: number, moderate?: number, minor?: number, incomplete?: number }}
 */
export function accessibility({ violations, incomplete, passes }) {
  if (violations.length + incomplete.length + passes.length === 0) return {};
  const counts = { critical: 0, serious: 0, moderate: 0, minor: 0, incomplete: 0 };
  let cost = 0;
  for (const { impact, nodes } of violations) {
    const level = impact in COST ? impact : 'minor';
    counts[level] += elements(nodes);
    cost += COST[level];
  }
  for (const { nodes } of incomplete) counts.incomplete += elements(nodes);
  return { score: Math.max(0, 100 - cost), ...counts };
}

/** A broken rule breaks somewhere, also when its elements were left out of the report. */
function elements(nodes) {
  return Math.max(1, nodes.length);
}

const UNITS = { load: 'ms', lcp: 'ms', bytes: 'bytes' };

/** Numbers by category as metrics; `suffix` tells pages apart. What was not observed is left out: unknown is not 0. */
export function metricsOf({ accessibility = {}, performance = {} }, suffix = '') {
  const list = (category, values) =>
    Object.entries(values)
      .filter(([, value]) => Number.isFinite(value))
      .map(([name, value]) => ({ category, name: name + suffix, value, ...(UNITS[name] ? { unit: UNITS[name] } : {}) }));
  return [...list('accessibility', accessibility), ...list('performance', performance)];
}

/** The worst of all looks, named plainly (`score`, `lcp`), so that a task can require `metric:accessibility.score>=90`. */
export function worst(looks) {
  const extreme = (part, pick) => {
    const names = [...new Set(looks.flatMap((look) => Object.keys(look[part])))];
    const valuesOf = (name) => looks.map((look) => look[part][name]).filter(Number.isFinite);
    return Object.fromEntries(names.map((name) => [name, pick(name, valuesOf(name))]).filter(([, value]) => Number.isFinite(value)));
  };
  const pick = (name, values) => (name === 'score' ? Math.min(...values) : Math.max(...values));
  return { accessibility: extreme('accessibility', pick), performance: extreme('performance', pick) };
}

/** A few plain lines for people: each page, the scripts, then what to mend first. */
export function summary(looks, code) {
  const pages = [...new Set(looks.map(({ label }) => label))];
  const sizes = new Set(looks.map(({ size }) => size)).size;
  const lines = [`Looked at ${count(pages.length, 'page')} in ${count(sizes, 'size')}.`];
  for (const label of pages) {
    const { accessibility: a, performance: p } = worst(looks.filter((look) => look.label === label));
    const found = Object.keys(COST).flatMap((level) => (a[level] > 0 ? [`${a[level]} ${level}`] : []));
    const speed = [`loaded in ${Math.round(p.load)} ms`, ...(Number.isFinite(p.lcp) ? [`largest paint at ${Math.round(p.lcp)} ms`] : [])];
    lines.push(
      `${label}: ${scoreText(a)}${found.length > 0 ? ` (${found.join(', ')})` : ''}, ${speed.join(', ')}, ${(p.bytes / 1000).toFixed(1)} kB in ${count(p.requests, 'request')}.`,
    );
  }
  if (code) lines.push(`Code: ${count(code.errors, 'error')} and ${count(code.warnings, 'warning')} in ${count(code.scripts, 'script')}.`);
  const broken = new Map();
  for (const { label, report } of looks) {
    for (const { id, help, impact, nodes } of report.violations) {
      if (!broken.has(`${id} ${label}`))
        broken.set(`${id} ${label}`, { impact, text: `${help}: ${label}, ${nodes[0]?.target.join(' ') ?? ''}` });
    }
  }
  const levels = Object.keys(COST);
  const first = [...broken.values()].sort((a, b) => levels.indexOf(a.impact) - levels.indexOf(b.impact)).slice(0, 5);
  if (first.length > 0) lines.push('Mend first:', ...first.map(({ impact, text }) => `- ${text.slice(0, 300)} (${impact})`));
  return lines.join('\n');
}

export function scoreText({ score }) {
  return score === undefined ? 'accessibility not known' : `accessibility ${score} of 100`;
}

function count(n, word) {
  return `${n} ${word}${n === 1 ? '' : 's'}`;
}
