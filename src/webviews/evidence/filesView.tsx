import * as l10n from '@vscode/l10n';
import type { EvidenceKind } from '../../server/domain/evidence';
import { bytes } from '../../server/domain/format';
import { Button } from '../kit/button';
import { Icon } from '../kit/icon';
import type { PanelModel } from './panelModel';
import { moment } from './stageTexts';
import type { Panel } from './usePanel';
import { word } from '../../server/domain/words';

const KINDS: Readonly<Record<EvidenceKind, { icon: string; word: string }>> = {
  screenshot: { icon: 'file-media', word: word('screenshot') },
  image: { icon: 'file-media', word: word('image') },
  metrics: { icon: 'graph-line', word: word('metrics') },
  report: { icon: 'report', word: word('report') },
  patch: { icon: 'diff-multiple', word: word('patch') },
  file: { icon: 'file', word: word('file') },
  text: { icon: 'note', word: word('text') },
};

/** Evidence that is no screenshot; each piece opens as the editor shows its kind. */
export function FilesView({ panel, model }: { panel: Panel; model: PanelModel }) {
  const now = Date.now();
  if (model.files.length === 0)
    return (
      <div class="empty">
        <p>{l10n.t('Attempt {0} handed in no files.', model.attempt?.n ?? 1)}</p>
        <Button onClick={() => panel.open('logs')}>{l10n.t('Show Logs')}</Button>
      </div>
    );
  return (
    <div class="table-box files">
      <table class="table">
        <caption class="heard">{l10n.t('Files of attempt {0}', model.attempt?.n ?? 0)}</caption>
        <thead>
          <tr>
            <th scope="col">{l10n.t('File')}</th>
            <th scope="col">{l10n.t('Kind')}</th>
            <th scope="col" class="number">
              {l10n.t('Size')}
            </th>
            <th scope="col">{l10n.t('Handed in')}</th>
            <th scope="col">{l10n.t('About')}</th>
          </tr>
        </thead>
        <tbody>
          {model.files.map(({ evidence }) => {
            const { id, name, kind, description, addedAt } = evidence;
            const open = (): void => panel.open(kind === 'patch' ? 'patch' : 'file', { evidenceId: id });
            return (
              <tr key={id} class="main" onClick={open}>
                <th scope="row">
                  <button
                    type="button"
                    class="link-button"
                    onClick={(event) => {
                      event.stopPropagation();
                      open();
                    }}
                  >
                    <Icon name={KINDS[kind].icon} /> {name}
                  </button>
                </th>
                <td>{KINDS[kind].word}</td>
                <td class="number">{bytes(evidence.bytes)}</td>
                <td>{moment(addedAt, now)}</td>
                <td class="about" title={description}>
                  {description}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
