import * as l10n from '@vscode/l10n';
import { Button } from '../kit/button';
import { Dialog } from '../kit/dialog';
import { KEY_HELP } from './keyMap';
import type { Picture } from './picture';
import { acceptAll, acceptAllText } from './review';

export function KeysDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={l10n.t('Keys of the Evidence panel')} onClose={onClose} actions={<Button onClick={onClose}>{l10n.t('Close')}</Button>}>
      <dl class="keys">
        {KEY_HELP.map(({ keys, text }) => (
          <div key={text}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

export function AcceptAllDialog({
  pictures,
  onAccept,
  onClose,
}: {
  pictures: readonly Picture[];
  onAccept: () => void;
  onClose: () => void;
}) {
  const all = acceptAll(pictures);
  const accept = (): void => {
    onClose();
    onAccept();
  };
  const actions = (
    <>
      <Button kind="primary" onClick={accept}>
        {l10n.t('Accept {0}', all.evidenceIds.length)}
      </Button>
      <Button onClick={onClose}>{l10n.t('Keep Reviewing')}</Button>
    </>
  );
  return (
    <Dialog title={l10n.t('Accept all pictures')} onClose={onClose} actions={actions}>
      <p>{acceptAllText(all)}</p>
    </Dialog>
  );
}
