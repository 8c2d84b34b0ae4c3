import { useState } from 'preact/hooks';
import { bytes, plural } from '../../server/domain/format';
import type { LogFormat } from '../../server/domain/logQuery';
import { IconButton } from '../kit/button';
import { errorText } from '../kit/errorText';
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
        <span role="status">Exporting {bytes(exporting.bytes)}</span>
        <IconButton icon="debug-stop" label="Stop the Export" onClick={() => model.tell('panel/stopExport', {})} />
      </span>
    );
  const open = (): void => {
    setOpen(!isOpen);
    setLines(undefined);
    if (!isOpen) model.reader.count().then(setLines, (error: unknown) => setLines(errorText(error)));
  };
  const { scope, match } = model.reader.wanted;
  const head = lines === undefined ? 'Counting…' : typeof lines === 'string' ? lines : `Export ${plural(lines, 'line')} as…`;
  return (
    <div class="menu">
      <IconButton icon="export" label="Export Lines" popup="menu" expanded={isOpen} onClick={open} />
      {isOpen ? (
        <Popup label="Export" onClose={() => setOpen(false)}>
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
