import * as l10n from '@vscode/l10n';
import { taskLimit } from '../../server/domain/budget';
import { evidenceLabel } from '../../server/domain/evidence';
import { ago, bytes, clock, cost, duration, percent, tokens } from '../../server/domain/format';
import type { LogLine, TaskDetails } from '../../server/domain/query';
import { checkRequirements, requirementText } from '../../server/domain/requirement';
import { lastAttempt, type Attempt, type Task } from '../../server/domain/task';
import { cleanText } from '../../server/domain/text';
import { waitReason } from '../../server/domain/waiting';
import { attemptCostFact, costFact } from '../../server/domain/rows/costFact';
import { pictureFact } from '../../server/domain/rows/partRows';
import { agentName, runningMs, type Scene } from '../../server/domain/rows/row';
import { actorName, word } from '../../server/domain/words';

/** Where the links of a task's document lead. */
export interface DetailLinks {
  log: string;
  result(attempt: number): string;
  evidence(attempt: number, evidenceId: string): string;
}

/** Markdown's reference links: addresses are long, so they stand at the end of the document. */
class References {
  readonly definitions: string[] = [];

  to(label: string, target: string): string {
    const known = this.definitions.length + 1;
    this.definitions.push(`[${known}]: ${target}`);
    return `[${label}][${known}]`;
  }
}

/** A task's details as Markdown. What others wrote stands in fences or is escaped, so that nothing in it acts. */
export function detailsMarkdown(
  scene: Scene,
  { task, prompt, results }: TaskDetails,
  lines: readonly LogLine[],
  links: DetailLinks,
): string {
  const references = new References();
  const parts = [
    `# #${task.number} ${escapeLine(task.title)}`,
    '',
    ...head(scene, task),
    '',
    `## ${l10n.t('Prompt')}`,
    '',
    ...fence(prompt || task.title),
  ];
  for (const attempt of [...task.attempts].reverse()) {
    parts.push('', ...attemptPart(scene, attempt, results[attempt.n], links, references));
    const own = lines.filter((line) => line.attempt === attempt.n).slice(-20);
    if (own.length > 0)
      parts.push(
        '',
        `${l10n.t('Last log lines')} · ${references.to(l10n.t('Show the whole log'), links.log)}`,
        '',
        ...fence(own.map(logText).join('\n')),
      );
  }
  if (references.definitions.length > 0) parts.push('', ...references.definitions);
  return `${parts.join('\n')}\n`;
}

function head(scene: Scene, task: Task): string[] {
  const { now } = scene;
  const rows: [string, string][] = [[l10n.t('Status'), statusText(scene, task)]];
  if (task.status === 'pending' || task.status === 'parked')
    rows.push([l10n.t('Waits'), waitReason(scene.board, scene.live, task, now).text]);
  if (task.error) rows.push([l10n.t('Error'), `${word(task.error.kind)}: ${escapeLine(task.error.message)}`]);
  rows.push([l10n.t('Priority'), word(task.priority)]);
  if (task.agent !== undefined) rows.push([l10n.t('Agent'), escapeLine(task.agent)]);
  if (task.skills.length > 0) rows.push([l10n.t('Skills'), task.skills.map(escapeLine).join(', ')]);
  if (task.after.length > 0) rows.push([l10n.t('After'), task.after.map((id) => `#${scene.board.tasks.get(id)?.number ?? id}`).join(', ')]);
  if (task.requires.length > 0) rows.push([l10n.t('Proof'), proofText(task)]);
  const money = costFact(scene.board, task);
  if (money !== undefined) rows.push([l10n.t('Cost'), escapeLine(money)]);
  const { timeMs, attempts } = task.limits;
  const costUsd = taskLimit(scene.board, task);
  const limits = [timeMs && duration(timeMs), attempts && l10n.t('{0} attempts', attempts), costUsd && cost(costUsd)].filter(Boolean);
  if (limits.length > 0) rows.push([l10n.t('Limits'), limits.join(', ')]);
  rows.push([l10n.t('Created'), l10n.t('{0} by {1}', ago(task.createdAt, now), escapeLine(actorName(task.createdBy)))]);
  return rows.map(([name, value]) => `- ${name}: ${value}`);
}

/** Each thing that is asked for, and how it stands. */
function proofText(task: Task): string {
  const attempt = lastAttempt(task);
  if (!attempt) return task.requires.map((item) => escapeLine(requirementText(item))).join(', ');
  return checkRequirements(task.requires, attempt.evidence)
    .map(({ requirement, state, reason }) => {
      const stands = state !== 'review' ? word(state) : task.status === 'completed' ? word('accepted') : l10n.t('yours to decide');
      const why = reason === undefined || requirement.type === 'signoff' ? '' : `: ${reason}`;
      return escapeLine(`${l10n.t('{0} is {1}', requirementText(requirement), stands)}${why}`);
    })
    .join(', ');
}

function statusText({ live, now }: Scene, task: Task): string {
  const going = live.tasks.get(task.id);
  const status = word(task.status);
  if (task.status !== 'running') return `${status}, ${ago(task.since, now)}`;
  const progress = going && going.progress !== null ? `, ${percent(going.progress)}` : '';
  const step = going?.step === undefined ? '' : `, ${escapeLine(going.step)}`;
  return `${word(task.phase === 'working' ? 'running' : (task.phase ?? 'running'))}${progress}${step}`;
}

function attemptPart(
  { board, now }: Scene,
  attempt: Attempt,
  result: string | undefined,
  links: DetailLinks,
  references: References,
): string[] {
  const times = [
    l10n.t('started {0}', clock(attempt.startedAt, now)),
    attempt.endedAt === undefined ? word('running') : l10n.t('ended {0}', clock(attempt.endedAt, now)),
  ];
  const facts = [escapeLine(agentName(board, attempt.agentId)), ...times, l10n.t('worked {0}', duration(runningMs(attempt, now)))];
  const { usage } = attempt;
  const used = (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0);
  if (used > 0) facts.push(tokens(used));
  const money = attemptCostFact(attempt);
  if (money !== undefined) facts.push(escapeLine(money));
  const parts = [
    `## ${l10n.t('Attempt {0}: {1}', attempt.n, attempt.outcome === undefined ? l10n.t('under way') : word(attempt.outcome))}`,
    '',
    facts.join(' · '),
  ];
  if (attempt.note !== undefined) parts.push('', l10n.t('Note to the agent'), '', ...fence(attempt.note));
  if (attempt.question) parts.push('', l10n.t('Asks'), '', ...fence(attempt.question.text));
  if (attempt.error) parts.push('', l10n.t('Error: {0}', word(attempt.error.kind)), '', ...fence(attempt.error.message));
  if (result) {
    const head = attempt.lateResult ? l10n.t('Result (came late, not counted)') : l10n.t('Result');
    parts.push('', `${head} · ${references.to(l10n.t('Open the result'), links.result(attempt.n))}`, '', ...fence(result));
  }
  if (attempt.evidence.length > 0) {
    parts.push('', l10n.t('Evidence'), '');
    for (const piece of attempt.evidence) {
      const label = escapeLine(evidenceLabel(piece));
      parts.push(
        `- ${references.to(label, links.evidence(attempt.n, piece.id))} · ${pictureFact(piece) ?? word(piece.kind)} · ${bytes(piece.bytes)}`,
      );
      for (const { category, name, value, unit } of piece.metrics ?? [])
        parts.push(`  - ${category} ${name}: ${Number(value.toPrecision(4))}${unit ? ` ${escapeLine(unit)}` : ''}`);
    }
  }
  return parts;
}

/** A log line as text: `13:41:07.412 W Reading src/auth/token.ts`. */
export function logText({ at, level, text }: LogLine): string {
  const time = new Date(at);
  const pad = (value: number, width = 2): string => String(value).padStart(width, '0');
  const clockTime = `${pad(time.getHours())}:${pad(time.getMinutes())}:${pad(time.getSeconds())}.${pad(time.getMilliseconds(), 3)}`;
  const head = `${clockTime} ${level[0]?.toUpperCase() ?? ' '} `;
  // A line break in the text must not look like another line.
  return head + inert(text).replace(/\n/g, `\n${' '.repeat(head.length)}`);
}

/** Foreign text on one line, with every character that Markdown or HTML gives a meaning escaped. */
export function escapeLine(text: string): string {
  return (
    inert(text)
      .replace(/\s+/g, ' ')
      .replace(/[\\`*_{}[\]()#+!|>~&]/g, '\\$&')
      // The editor finds links in HTML tags behind a backslash too.
      .replace(/</g, '&lt;')
  );
}

/** Foreign text as it is, inside a fence longer than any run of backquotes in it. */
function fence(text: string): string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const marks = '`'.repeat(longest + 1);
  return [`${marks}text`, ...inert(text).replace(/\n+$/, '').split('\n'), marks];
}

/** Terminal sequences, control and reordering characters do nothing here but disturb. */
function inert(text: string): string {
  return cleanText(text.replace(/\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?)/g, ''));
}
