import * as l10n from '@vscode/l10n';
import { useState } from 'preact/hooks';
import { IconButton } from '../kit/button';
import { Icon } from '../kit/icon';
import { Popup } from './popup';

export interface Choice {
  key: string;
  text: string;
  isOn: boolean;
}

interface ChipProps {
  /** What it filters. */
  label: string;
  text: string;
  choices: readonly Choice[];
  /** Several can be on. */
  isMany?: boolean;
  onChoose: (key: string) => void;
  /** Takes the filter out; without it the chip filters nothing now. */
  onClear?: (() => void) | undefined;
}

/** More choices than this can be filtered, and only so many are listed. */
const LISTED = 60;

/** A filter: what it lets pass, and a menu to change that. */
export function Chip({ label, text, choices, isMany = false, onChoose, onClear }: ChipProps) {
  const [isOpen, setOpen] = useState(false);
  const [wanted, setWanted] = useState('');
  const toggle = (): void => {
    setWanted('');
    setOpen(!isOpen);
  };
  const found = choices.filter((choice) => choice.text.toLowerCase().includes(wanted.toLowerCase()));
  return (
    <div class={`chip${onClear ? ' on' : ''}`}>
      <button type="button" class="chip-button" aria-haspopup="menu" aria-expanded={isOpen} title={`${label}: ${text}`} onClick={toggle}>
        <span class="chip-text">{text}</span>
        {onClear ? null : <Icon name="chevron-down" />}
      </button>
      {onClear ? <IconButton icon="close" label={l10n.t('Clear {0}', label)} onClick={onClear} /> : null}
      {isOpen ? (
        <Popup label={label} onClose={() => setOpen(false)}>
          {choices.length > 8 ? (
            <input
              class="input"
              type="search"
              placeholder={l10n.t('Filter')}
              aria-label={l10n.t('Filter {0}', label)}
              value={wanted}
              onInput={(event) => setWanted(event.currentTarget.value)}
            />
          ) : null}
          {found.slice(0, LISTED).map((choice) => (
            <button
              key={choice.key}
              type="button"
              role={isMany ? 'menuitemcheckbox' : 'menuitemradio'}
              aria-checked={choice.isOn}
              tabIndex={-1}
              onClick={() => {
                onChoose(choice.key);
                if (!isMany) setOpen(false);
              }}
            >
              <Icon name={choice.isOn ? 'check' : 'blank'} />
              <span>{choice.text}</span>
            </button>
          ))}
          {found.length === 0 ? <p class="quiet">{l10n.t('Nothing matches.')}</p> : null}
          {found.length > LISTED ? <p class="quiet">{l10n.t('Type to see the other {0}.', found.length - LISTED)}</p> : null}
        </Popup>
      ) : null}
    </div>
  );
}
