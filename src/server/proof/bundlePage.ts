import { createHash } from 'node:crypto';
import type { Evidence } from '../domain/evidence';
import { clock, duration } from '../domain/format';
import type { TaskDetails, TaskEvidence } from '../domain/query';
import { checkRequirements, percentText, requirementText } from '../domain/requirement';
import type { Attempt } from '../domain/task';

/** A picture in the archive; without a name it is missing. */
export interface BundlePicture {
  label: string;
  attempt: number;
  evidence: Evidence;
  name: string | undefined;
  baseline?: string;
  diff?: string;
}

export interface BundlePageParts {
  details: TaskDetails;
  proof: TaskEvidence;
  pictures: readonly BundlePicture[];
  files: readonly { label: string; name: string | undefined; evidence: Evidence; attempt: number }[];
  missing: readonly string[];
}

const STYLE = `:root{color-scheme:light dark;--line:#8885}body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:1100px;padding:24px}
h1{font-size:24px;margin:0 0 4px}h2{font-size:18px;margin:32px 0 8px;border-bottom:1px solid var(--line);padding-bottom:4px}h3{font-size:15px;margin:20px 0 6px}
pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid var(--line);padding:12px;border-radius:4px}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:4px 12px 4px 0;border-bottom:1px solid var(--line);vertical-align:top}.row{display:flex;flex-wrap:wrap;gap:12px}
figure{margin:0;flex:1 1 300px;min-width:0}figcaption{font-size:13px}img{max-width:100%;height:auto;border:1px solid var(--line)}@media print{body{max-width:none}figure{break-inside:avoid}}`;

/** The page of a bundle: no script, nothing from elsewhere, every foreign text escaped. */
export function bundlePage({ details, proof, pictures, files, missing }: BundlePageParts): string {
  const { task, prompt, results } = details;
  const hash = createHash('sha256').update(STYLE).digest('base64');
  const policy = `default-src 'none'; img-src 'self' file:; style-src 'sha256-${hash}'`;
  const last = task.attempts.at(-1);
  const checks = checkRequirements(task.requires, last?.evidence ?? []);
  const parts = [
    `<h1>#${task.number} ${escape(task.title)}</h1>`,
    `<p>${escape(task.status.replace('_', ' '))} · ${when(task.since)}</p>`,
    ...(checks.length > 0
      ? [
          '<h2>Required</h2>',
          table(
            ['Requirement', 'State'],
            checks.map((one) => [requirementText(one.requirement), one.reason ? `${one.state}: ${one.reason}` : one.state]),
          ),
        ]
      : []),
    '<h2>Attempts</h2>',
    table(['Attempt', 'Agent', 'Outcome', 'Began', 'Worked', 'Commit'], task.attempts.map(attemptCells)),
    ...(pictures.length > 0 ? ['<h2>Pictures</h2>', ...pictures.map(picturePart)] : []),
    ...metricsPart(proof),
    ...findingsPart(proof),
    ...(files.length > 0 ? ['<h2>Files</h2>', `<ul>${files.map(fileItem).join('')}</ul>`] : []),
    '<h2>Prompt</h2>',
    `<pre>${escape(prompt || task.title)}</pre>`,
    ...Object.entries(results).map(([n, result]) => `<h2>Result of attempt ${escape(n)}</h2><pre>${escape(result)}</pre>`),
    ...(missing.length > 0
      ? [`<h2>Missing</h2><p>${missing.length} of the files are no longer on the disk: ${escape(missing.join(', '))}</p>`]
      : []),
    '<p><a href="task.json">task.json</a> · <a href="log.ndjson">log.ndjson</a></p>',
  ];
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}"><title>#${task.number} ${escape(task.title)}</title><style>${STYLE}</style></head>
<body><main>
${parts.join('\n')}
</main></body></html>
`;
}

function attemptCells({ n, agentId, outcome, startedAt, endedAt, commit }: Attempt): string[] {
  const worked = endedAt === undefined ? '' : duration(endedAt - startedAt);
  return [
    String(n),
    agentId,
    outcome ?? 'under way',
    when(startedAt),
    worked,
    commit ? `${commit.sha}${commit.dirty ? ', changed' : ''}` : '',
  ];
}

function picturePart({ label, attempt, evidence, name, baseline, diff }: BundlePicture): string {
  const { comparison, verdict, judgedBy, judgedAt, note } = evidence;
  const facts = [
    comparison
      ? { new: 'new', equal: 'unchanged', changed: `${percentText(comparison.ratio * 100)} changed`, unreadable: 'cannot be compared' }[
          comparison.state
        ]
      : '',
    judgedBy ? `${verdict} by ${judgedBy}, ${when(judgedAt ?? 0)}` : verdict,
    note ?? '',
    comparison?.message ?? '',
  ].filter(Boolean);
  const figure = (caption: string, path: string | undefined): string =>
    path === undefined
      ? ''
      : `<figure><img src="${address(path)}" alt="${escape(`${caption}: ${label}`)}"><figcaption>${caption}</figcaption></figure>`;
  const shown = figure('Baseline', baseline) + figure(`Attempt ${attempt}`, name) + figure('Changed pixels', diff);
  return `<h3>${escape(label)}, attempt ${attempt}</h3><p>${escape(facts.join(' · '))}</p><div class="row">${shown || 'The picture is no longer on the disk.'}</div>`;
}

function metricsPart({ pieces, accepted }: TaskEvidence): string[] {
  const before = new Map((accepted?.metrics ?? []).map(({ category, name, value }) => [`${category}.${name}`, value]));
  const rows = pieces.flatMap(({ attempt, evidence }) =>
    (evidence.metrics ?? []).map(({ category, name, value, unit = '' }) => {
      const last = before.get(`${category}.${name}`);
      return [
        String(attempt),
        category,
        name,
        `${value} ${unit}`.trim(),
        last === undefined ? 'first run' : String(last),
        evidence.measured ? 'the report' : 'the agent',
      ];
    }),
  );
  return rows.length > 0 ? ['<h2>Metrics</h2>', table(['Attempt', 'Category', 'Metric', 'Value', 'Before', 'Said by'], rows)] : [];
}

function findingsPart({ pieces }: TaskEvidence): string[] {
  const rows = pieces.flatMap(({ findings }) =>
    (findings?.shown ?? []).map(({ severity, rule, message, file = '', line }) => [
      severity,
      rule,
      message,
      line === undefined ? file : `${file}:${line}`,
    ]),
  );
  return rows.length > 0 ? ['<h2>Findings</h2>', table(['Severity', 'Rule', 'Message', 'Where'], rows)] : [];
}

function fileItem({ label, name, evidence, attempt }: BundlePageParts['files'][number]): string {
  const text = `${escape(label)} (${evidence.kind}, attempt ${attempt})`;
  return `<li>${name === undefined ? `${text}: missing` : `<a href="${address(name)}">${text}</a>`}</li>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, values: readonly string[]): string => values.map((value) => `<${tag}>${escape(value)}</${tag}>`).join('');
  return `<table><thead><tr>${cells('th', head)}</tr></thead><tbody>${rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('')}</tbody></table>`;
}

function when(at: number): string {
  return `${new Date(at).toISOString().slice(0, 10)} ${clock(at, at)}`;
}

function address(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
