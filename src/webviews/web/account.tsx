import * as l10n from '@vscode/l10n';
import { useEffect, useState } from 'preact/hooks';
import { ago } from '../../server/domain/format';
import { Button } from '../kit/button';
import { spoken } from '../../server/domain/spoken';
import { detailOf, send, signOut } from './session';
import type { Stage } from './stage';
import { word } from '../../server/domain/words';

interface Session {
  id: string;
  name: string;
  label: string;
  usedAt: string;
  current: boolean;
}

/** Who is signed in, where else, and the way out. */
export function showAccount(stage: Stage): void {
  stage.overlay.show({
    title: `${stage.me.name}, ${word(stage.me.role)}`,
    body: () => <Sessions onError={(error) => stage.overlay.toast({ text: spoken(error), tone: 'bad' })} />,
    actions: (close) => (
      <>
        <Button kind="primary" onClick={() => void stage.try(signOut)}>
          {l10n.t('Sign Out')}
        </Button>
        <Button onClick={close}>{l10n.t('Close')}</Button>
      </>
    ),
  });
}

function Sessions({ onError }: { onError: (error: unknown) => void }) {
  const [sessions, setSessions] = useState<Session[]>();
  const load = async (): Promise<void> => {
    const answer = await send('GET', '/api/sessions');
    if (!answer.ok) throw new Error(await detailOf(answer));
    setSessions(((await answer.json()) as { sessions: Session[] }).sessions);
  };
  const end = async (id: string): Promise<void> => {
    const answer = await send('DELETE', `/api/sessions/${id}`);
    if (!answer.ok) throw new Error(await detailOf(answer));
    await load();
  };
  useEffect(() => void load().catch(onError), []);
  if (!sessions) return <p class="quiet">{l10n.t('The sessions are being read.')}</p>;
  return (
    <ul class="sessions">
      {sessions.map(({ id, name, label, usedAt, current }) => (
        <li key={id}>
          <span>
            {name}, {label} <span class="quiet">{current ? l10n.t('this one') : ago(Date.parse(usedAt), Date.now())}</span>
          </span>
          {current ? null : <Button onClick={() => void end(id).catch(onError)}>End</Button>}
        </li>
      ))}
    </ul>
  );
}
