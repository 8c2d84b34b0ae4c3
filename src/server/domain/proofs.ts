import * as l10n from '@vscode/l10n';
/** The proofs that a person can ask for with one click; `requires` as the doors take it. */
export const PROOFS: readonly { label: string; description: string; requires: string }[] = [
  { label: l10n.t('Screenshot'), description: l10n.t('at least one picture is handed in'), requires: 'screenshot' },
  {
    label: l10n.t('Pictures unchanged'),
    description: l10n.t('at most 0.1% of the pixels differ from the baseline'),
    requires: 'diff<=0.1%',
  },
  {
    label: l10n.t('Accessibility >= 90'),
    description: l10n.t('the reported accessibility score'),
    requires: 'metric:accessibility.score>=90',
  },
  { label: l10n.t('Tests pass'), description: l10n.t('the reported test results'), requires: 'tests:pass' },
  { label: l10n.t('Patch'), description: l10n.t('a change to the code is handed in'), requires: 'patch' },
  { label: l10n.t('My sign-off'), description: l10n.t('it waits in review for your verdict'), requires: 'signoff' },
];
