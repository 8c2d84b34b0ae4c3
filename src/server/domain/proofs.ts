/** The proofs that a person can ask for with one click; `requires` as the doors take it. */
export const PROOFS: readonly { label: string; description: string; requires: string }[] = [
  { label: 'Screenshot', description: 'at least one picture is handed in', requires: 'screenshot' },
  { label: 'Pictures unchanged', description: 'at most 0.1% of the pixels differ from the baseline', requires: 'diff<=0.1%' },
  { label: 'Accessibility >= 90', description: 'the reported accessibility score', requires: 'metric:accessibility.score>=90' },
  { label: 'Tests pass', description: 'the reported test results', requires: 'tests:pass' },
  { label: 'Patch', description: 'a change to the code is handed in', requires: 'patch' },
  { label: 'My sign-off', description: 'it waits in review for your verdict', requires: 'signoff' },
];
