import * as l10n from '@vscode/l10n';
import { IconButton } from '../kit/button';
import { Menu } from '../kit/menu';
import { Chips } from './chips';
import { ExportButton } from './exportButton';
import { FindBox } from './findBox';
import { toggleColumn } from './lineActions';
import type { LogsModel } from './logsModel';
import { COLUMNS } from './logsState';

interface ToolbarProps {
  model: LogsModel;
  focusLines: () => void;
  openKeys: () => void;
}

/** Find, filter, and how the log is shown. */
export function Toolbar({ model, focusLines, openKeys }: ToolbarProps) {
  const { state, reader, isUnfiltered } = model;
  const columns = COLUMNS.map(({ key, text }) => ({
    icon: state.hidden.includes(key) ? 'blank' : 'check',
    text: l10n.t('{0} column', text),
    onClick: () => toggleColumn(model, key),
  }));
  return (
    <div class="toolbar" role="toolbar" aria-label={l10n.t('Logs')}>
      <FindBox model={model} focusLines={focusLines} />
      <Chips model={model} />
      <div class="tools">
        <IconButton
          icon="fold-down"
          label={l10n.t('Follow New Lines')}
          shortcut="End"
          pressed={reader.isFollowing}
          onClick={() => (reader.isFollowing ? model.pause() : model.follow())}
        />
        <IconButton
          icon="word-wrap"
          label={l10n.t('Wrap Lines')}
          pressed={state.wrap}
          onClick={() => model.update({ wrap: !state.wrap })}
        />
        <ExportButton model={model} />
        <Menu
          label={l10n.t('More')}
          items={[
            ...columns,
            {
              icon: 'close',
              text: l10n.t('Clear Filter'),
              disabled: isUnfiltered ? l10n.t('Nothing is filtered.') : undefined,
              onClick: () => model.clearFilter(),
            },
            { icon: 'keyboard', text: l10n.t('Keys'), onClick: openKeys },
          ]}
        />
      </div>
    </div>
  );
}
