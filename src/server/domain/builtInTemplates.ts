import * as l10n from '@vscode/l10n';
import type { TaskTemplate } from './template';

/** A task about lines of a file. */
export const SELECTION: TaskTemplate = {
  label: 'About the selection',
  title: '{file}: {input}',
  prompt: '{input}\n\nIt is about these lines:\n\n{selection}',
  kind: 'edit',
};

/** A task that mends what an editor or a linter found. */
export const PROBLEMS: TaskTemplate = {
  label: 'Fix the problems in this file',
  title: 'Fix the problems in {file}',
  prompt:
    'Fix these problems in {file}, and change nothing else:\n\n{problems}\n\nEnd with what was wrong and how you checked that it is not any more.',
  kind: 'fix',
};

/** The templates that come along, in the order in which they are offered. */
export const TEMPLATES: readonly TaskTemplate[] = [
  {
    label: 'Audit a page',
    title: 'Audit {input}',
    prompt:
      'Open {input} in a browser, in a desktop and in a phone size. Check accessibility, speed, links and the console. Hand in a screenshot of each size and the reports, and list what is wrong, the worst first.',
    kind: 'audit',
    requires: ['screenshot'],
  },
  {
    label: 'Review this file',
    title: 'Review {file}',
    prompt:
      'Review {file}: faults, unclear names, missing tests, needless code. Change nothing. For each finding name the line, what can go wrong and the smallest fix; the worst first.',
    kind: 'review',
  },
  PROBLEMS,
  SELECTION,
  {
    label: 'Fix failing tests',
    title: 'Fix failing tests',
    prompt:
      'Run the tests. Mend the code, not the tests, until all pass; when a test itself is wrong, say why before you change it. Hand in the report of the test run.',
    kind: 'fix',
    requires: ['tests:pass'],
  },
  { label: 'From the clipboard', title: '{input}', prompt: '{input}\n\n{clipboard}' },
];

/** How a template is listed; what goes to an agent, as its title and prompt do, stays as it is written. */
export function templateLabel({ label }: Pick<TaskTemplate, 'label'>): string {
  return (Object.hasOwn(LABELS, label) ? LABELS[label]?.() : undefined) ?? label;
}

const LABELS: Readonly<Record<string, (() => string) | undefined>> = {
  'About the selection': () => l10n.t('About the selection'),
  'Fix the problems in this file': () => l10n.t('Fix the problems in this file'),
  'Audit a page': () => l10n.t('Audit a page'),
  'Review this file': () => l10n.t('Review this file'),
  'Fix failing tests': () => l10n.t('Fix failing tests'),
  'From the clipboard': () => l10n.t('From the clipboard'),
};
