import * as l10n from '@vscode/l10n';
import { useEffect, useState } from 'preact/hooks';
import { ago } from '../../server/domain/format';
import type { TaskRow } from '../../server/domain/query';
import { taskName, type Task } from '../../server/domain/task';
import { spoken } from '../../server/domain/spoken';
import { FollowedTower } from '../kit/followedTower';
import type { PanelPort } from '../kit/panelChannel';
import { word } from '../../server/domain/words';

const SHOWN = 100;

/** Tasks whose proof can be looked at: those on the board with evidence, and the finished ones. */
export function EvidenceList({ port }: { port: PanelPort }) {
  const [open, setOpen] = useState<readonly Task[]>([]);
  const [finished, setFinished] = useState<readonly TaskRow[]>();
  const [error, setError] = useState('');
  useEffect(() => {
    const tower = new FollowedTower(port);
    const look = (): void =>
      setOpen([...(tower.board?.tasks.values() ?? [])].filter(({ attempts }) => attempts.some(({ evidence }) => evidence.length > 0)));
    tower.onDidReset(() => {
      look();
      const filter = { status: ['completed' as const, 'failed' as const], order: 'newest' as const, limit: SHOWN };
      tower.query({ type: 'Tasks', filter }).then(
        ({ tasks }) => setFinished(tasks),
        (reason: unknown) => setError(spoken(reason)),
      );
    });
    tower.onDidCommit(look);
    tower.start();
  }, [port]);
  const onBoard = new Set(open.map(({ id }) => id));
  const rows = [
    ...open.map((task) => ({ id: task.id, name: taskName(task), fact: word(task.status), at: task.since })),
    ...(finished ?? [])
      .filter(({ id }) => !onBoard.has(id))
      .map(({ id, number, title, status, completedAt, createdAt }) => ({
        id,
        name: `#${number} ${title}`,
        fact: word(status),
        at: completedAt ?? createdAt,
      })),
  ].sort((a, b) => b.at - a.at);
  return (
    <main class="evidence-list">
      <h1>{l10n.t('Evidence')}</h1>
      {error ? <p role="alert">{l10n.t('The finished tasks cannot be shown: {0}', error)}</p> : null}
      {finished && rows.length === 0 ? <p class="quiet">{l10n.t('No task has handed in evidence yet.')}</p> : null}
      <ul>
        {rows.map(({ id, name, fact, at }) => (
          <li key={id}>
            <a href={`/evidence?task=${id}`}>{name}</a> <span class="quiet">{`${fact}, ${ago(at, Date.now())}`}</span>
          </li>
        ))}
      </ul>
    </main>
  );
}
