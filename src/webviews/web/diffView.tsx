import * as l10n from '@vscode/l10n';
/** A line of a unified diff, and what it is. */
export interface DiffLine {
  kind: 'file' | 'place' | 'added' | 'removed' | 'same';
  text: string;
}

/** Lines beyond this many are left to the download. */
const MOST_LINES = 20_000;

const HUNK = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/;

/** What each line of a unified diff is; how long a hunk is stands at its head, so that `---` in a text is no head of a file. */
export function diffLines(patch: string): DiffLine[] {
  let [before, after] = [0, 0];
  return patch
    .replace(/\n$/, '')
    .split('\n')
    .map((text) => {
      const hunk = HUNK.exec(text);
      if (hunk) {
        [before, after] = [Number(hunk[1] ?? 1), Number(hunk[2] ?? 1)];
        return { kind: 'place', text };
      }
      if (before <= 0 && after <= 0) return { kind: 'file', text };
      if (text.startsWith('+')) after--;
      else if (text.startsWith('-')) before--;
      else if (!text.startsWith('\\')) [before, after] = [before - 1, after - 1];
      return { kind: text.startsWith('+') ? 'added' : text.startsWith('-') ? 'removed' : 'same', text };
    });
}

const WORDS = { added: 'added', removed: 'removed', file: '', place: '', same: '' } as const;

/** A patch as text, its changes in colour and, for those who hear it, in words. */
export function DiffView({ patch }: { patch: string }) {
  const lines = diffLines(patch);
  return (
    <pre class="diff" tabIndex={0} aria-label={l10n.t('Diff')}>
      {lines.slice(0, MOST_LINES).map(({ kind, text }, index) => (
        <span key={index} class={`diff-line ${kind}`}>
          {WORDS[kind] ? <span class="heard">{WORDS[kind]}: </span> : null}
          {`${text}\n`}
        </span>
      ))}
      {lines.length > MOST_LINES ? l10n.t('… {0} more lines are in the download.\n', lines.length - MOST_LINES) : ''}
    </pre>
  );
}
