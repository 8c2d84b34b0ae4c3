import * as l10n from '@vscode/l10n';
import { count } from '../../server/domain/format';
import { IconButton } from '../kit/button';
import { Select } from '../kit/select';
import type { LogsModel } from './logsModel';

const CONTEXTS = [0, 1, 2, 3].map((lines) => ({
  key: String(lines),
  text: lines === 0 ? l10n.t('Matches alone') : l10n.t('{0} around', lines),
}));

/** What is looked for in the log, and how much of it was found. */
export function FindBox({ model, focusLines }: { model: LogsModel; focusLines: () => void }) {
  const { state, finder } = model;
  const { find } = state;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      return focusLines();
    }
    if (event.key !== 'Enter') return;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) model.jumpUnfiltered();
    else model.step(event.shiftKey ? -1 : 1);
  };
  return (
    <div class="find" role="search">
      <div class="find-box">
        <input
          id="find"
          class={`input${finder.fault === undefined ? '' : ' faulty'}`}
          type="text"
          placeholder={l10n.t('Find in logs')}
          aria-label={l10n.t('Find in logs')}
          aria-keyshortcuts="/"
          aria-invalid={finder.fault !== undefined}
          aria-describedby={finder.fault === undefined ? undefined : 'find-fault'}
          spellcheck={false}
          value={find.text}
          onInput={(event) => model.setFind({ text: event.currentTarget.value })}
          onKeyDown={onKeyDown}
        />
        {finder.fault === undefined ? null : (
          <p id="find-fault" class="find-fault" role="alert">
            {finder.fault}
          </p>
        )}
      </div>
      <IconButton
        icon="case-sensitive"
        label={l10n.t('Match Case')}
        pressed={find.matchCase}
        onClick={() => model.setFind({ matchCase: !find.matchCase })}
      />
      <IconButton
        icon="whole-word"
        label={l10n.t('Match Whole Word')}
        pressed={find.wholeWord}
        onClick={() => model.setFind({ wholeWord: !find.wholeWord })}
      />
      <IconButton
        icon="regex"
        label={l10n.t('Use Regular Expression')}
        pressed={find.regex}
        onClick={() => model.setFind({ regex: !find.regex })}
      />
      <span class="found" role="status">
        {foundText(model)}
      </span>
      <IconButton icon="arrow-up" label={l10n.t('Previous Match')} shortcut="Shift+Enter" onClick={() => model.step(-1)} />
      <IconButton icon="arrow-down" label={l10n.t('Next Match')} shortcut="Enter" onClick={() => model.step(1)} />
      <IconButton
        icon="list-filter"
        label={l10n.t('Only Matching Lines')}
        pressed={state.only}
        onClick={() => model.update({ only: !state.only })}
      />
      {state.only ? (
        <Select
          label={l10n.t('Lines around each match')}
          options={CONTEXTS}
          current={String(state.context)}
          onChange={(lines) => model.update({ context: Number(lines) })}
        />
      ) : null}
    </div>
  );
}

/** `3 of 214`, with dots while the tower is counting. */
export function foundText({ finder, state }: Pick<LogsModel, 'finder' | 'state'>): string {
  if (state.find.text === '' || !finder.match) return '';
  const dots = finder.isCounting ? '…' : '';
  if (finder.total === 0) return finder.isCounting ? dots : l10n.t('No match');
  const { position } = finder;
  const total = `${count(finder.total)}${dots}`;
  return position === undefined
    ? total
    : l10n.t({ message: '{0} of {1}', args: [count(position), total], comment: ['Which match is shown, and how many there are'] });
}
