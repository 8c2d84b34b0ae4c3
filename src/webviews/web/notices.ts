import type { TowerRecord } from '../../server/domain/event';
import { isStillSo, newsOf, toastOf, type NewsKind } from '../../server/domain/toast';
import type { RemoteTower } from '../../server/follower/remoteTower';
import { runCommand } from './commands';
import type { Stage } from './stage';

/** What was seen to meanwhile is not shown, so wait a little, ms. */
const WAIT_MS = 3_000;
const BAD: ReadonlySet<NewsKind> = new Set(['failed', 'agent', 'limit']);
/** In a browser there is neither a terminal nor a setting of the tower. */
const ELSEWHERE: ReadonlySet<string> = new Set(['tasktower.raiseLimit']);

/** Tells a person who is needed, as an editor does: merged, and never what people did themselves. */
export class Notices {
  private readonly waiting = new Map<NewsKind, Set<string>>();

  constructor(
    private readonly stage: Stage,
    private readonly tower: RemoteTower,
  ) {
    tower.onDidCommit((records) => this.take(records));
  }

  private take(records: readonly TowerRecord[]): void {
    for (const { events, by } of records)
      for (const event of by.kind === 'person' ? [] : events) {
        const news = newsOf(event);
        if (news) this.expect(news.kind, news.id);
      }
  }

  private expect(kind: NewsKind, id: string): void {
    const expected = this.waiting.get(kind);
    if (expected) return void expected.add(id);
    this.waiting.set(kind, new Set([id]));
    setTimeout(() => this.show(kind), WAIT_MS);
  }

  private show(kind: NewsKind): void {
    const { board } = this.tower;
    const now = Date.now();
    const ids = [...(this.waiting.get(kind) ?? [])].filter((id) => isStillSo(board, kind, id, now));
    this.waiting.delete(kind);
    const toast = ids.length > 0 ? toastOf(board, kind, ids, undefined, now) : undefined;
    if (!toast) return;
    const actions = toast.buttons.flatMap((button) => {
      if (!('command' in button) || ELSEWHERE.has(button.command) || this.stage.whyNot(button.command) !== undefined) return [];
      const { text, command, id } = button;
      const what = id === undefined ? {} : kind === 'agent' ? { agentId: id } : { taskIds: [id] };
      return [{ text, run: () => void runCommand(this.stage, { command, ...what }) }];
    });
    this.stage.overlay.toast({ text: toast.text, tone: BAD.has(kind) ? 'bad' : 'info', actions });
  }
}
