import * as l10n from '@vscode/l10n';
import { Button, IconButton } from '../kit/button';
import { Icon } from '../kit/icon';
import { areaPlace, areasOf } from './areas';
import type { Panel } from './usePanel';

/** What was just done, with its way back. Who cannot see hears it, and which area is shown. */
export function MessageLine({ panel, onUndo }: { panel: Panel; onUndo: () => void }) {
  const { message, say, state } = panel;
  const areas = areasOf(panel);
  const area = areas[state.area];
  const tone = message?.icon === 'error' ? 'bad' : message?.icon === 'check' ? 'good' : 'quiet';
  return (
    <>
      <div class="heard" role="status" aria-live="polite">
        {message?.text ?? (area ? areaPlace(area, state.area, areas.length) : '')}
      </div>
      {message ? (
        <div class="message">
          <Icon name={message.icon} tone={tone} />
          <span>{message.text}</span>
          {message.undo ? (
            <Button kind="link" shortcut="u" onClick={onUndo}>
              {l10n.t('Undo')}
            </Button>
          ) : null}
          <IconButton icon="close" label={l10n.t('Close Message')} onClick={() => say(undefined)} />
        </div>
      ) : null}
    </>
  );
}
