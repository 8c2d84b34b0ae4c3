import * as l10n from '@vscode/l10n';
import { useState } from 'preact/hooks';
import { bytes, counted } from '../../server/domain/format';
import type { LogFormat } from '../../server/domain/logQuery';
import { IconButton } from '../kit/button';
import { spoken } from '../../server/domain/spoken';
import type { LogsModel } from './logsModel';
import { Popup } from './popup';

const FORMATS: readonly { format: LogFormat; text: string }[] = [
  { format: 'json', text: 'JSON' },
  { format: 'ndjson', text: 'NDJSON' },
  { format: 'csv', text: 'CSV' },
];

/** Exports exactly what the filter passes; shows how far that is, and stops it. */
export function ExportButton({ model }: { model: LogsModel }) {
  const [isOpen, setOpen] = useState(false);
  const [lines, setLines] = useState<number | string>();
  const { exporting } = model;
  if (exporting)
    return (
      <span class="exporting">
        <span role="status">{l10n.t('Exporting {0}', bytes(exporting.bytes))}</span>
        <IconButton icon="debug-stop" label={l10n.t('Stop the Export')} onClick={() => model.tell('panel/stopExport', {})} />
      </span>
    );
  const open = (): void => {
    setOpen(!isOpen);
    setLines(undefined);
    if (!isOpen) model.reader.count().then(setLines, (error: unknown) => setLines(spoken(error)));
  };
  const { scope, match } = model.reader.wanted;
  const head =
    lines === undefined
      ? l10n.t('Counting…')
      : typeof lines === 'string'
        ? lines
        : l10n.t('Export {0} as…', counted(lines, l10n.t('{0} line'), l10n.t('{0} lines')));
  return (
    <div class="menu">
      <IconButton icon="export" label={l10n.t('Export Lines')} popup="menu" expanded={isOpen} onClick={open} />
      {isOpen ? (
        <Popup label={l10n.t('Export')} onClose={() => setOpen(false)}>
          <p class="popup-head" role="status">
            {head}
          </p>
          {FORMATS.map(({ format, text }) => (
            <button
              key={format}
              type="button"
              role="menuitem"
              tabIndex={-1}
              aria-disabled={lines === 0}
              onClick={() => {
                if (lines === 0) return;
                setOpen(false);
                model.tell('panel/export', { scope, ...(match ? { match } : {}), format });
              }}
            >
              {text}
            </button>
          ))}
        </Popup>
      ) : null}
    </div>
  );
}
