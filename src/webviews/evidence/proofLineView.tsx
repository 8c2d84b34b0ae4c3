import * as l10n from '@vscode/l10n';
import { Icon } from '../kit/icon';
import { proofLine, type ProofItem } from './proofLine';
import type { Panel } from './usePanel';
import { word } from '../../server/domain/words';

const ICONS: Readonly<Record<ProofItem['state'], { icon: string; tone: string; word: string }>> = {
  met: { icon: 'pass', tone: 'good', word: word('met') },
  open: { icon: 'circle-outline', tone: 'ask', word: l10n.t('open') },
  failed: { icon: 'error', tone: 'bad', word: l10n.t('not met') },
};

/** What the task requires and how it stands; each item leads to what satisfies it. */
export function ProofLine({ panel }: { panel: Panel }) {
  const { model } = panel;
  if (!model) return null;
  const items = proofLine(model.proof.task, model.attempt);
  return (
    <div class="proof-line">
      <span class="quiet">{l10n.t('Proof:')}</span>
      {items.length === 0 ? <span class="quiet">{l10n.t('none required')}</span> : null}
      {items.map((item) => (
        <button
          key={item.text}
          type="button"
          class="proof-item"
          aria-label={`${item.text}, ${ICONS[item.state].word}`}
          onClick={() => show(panel, item)}
        >
          <Icon name={ICONS[item.state].icon} tone={ICONS[item.state].tone} />
          <span>{item.text}</span>
        </button>
      ))}
    </div>
  );
}

function show({ update, model }: Panel, { tab, evidenceId, category = '' }: ProofItem): void {
  if (tab === 'verdict')
    return document.querySelector<HTMLElement>('.verdict-bar button:not(.icon-button), .verdict-bar textarea')?.focus();
  const picture = model?.pictures.find(({ evidence }) => evidence?.id === evidenceId)?.key;
  update({ tab, ...(picture === undefined ? {} : { picture, zoom: 'fit', area: -1 }), ...(tab === 'metrics' ? { metric: category } : {}) });
}
