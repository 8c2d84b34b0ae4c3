import type { Clock } from './base/clock';
import type { Disposable } from './base/disposables';
import { errorText } from './base/errors';
import type { Log } from './base/log';
import { isThere, type Live } from './domain/live';
import type { Listen, Tower } from './domain/ports';
import type { Actor } from './domain/task';

const BY: Actor = { kind: 'tower', name: 'tower' };
/** How long an agent must be away before that is written down, ms: one that keeps coming and going makes at most four records a minute. */
const SETTLE = 30_000;

export interface PresenceParts {
  tower: Pick<Tower, 'board' | 'execute'>;
  live: Pick<Live, 'agents'> & { onDidChangePresence: Listen<string> };
  clock: Clock;
  log: Log;
  /** Shorter in tests. */
  settleMs?: number;
}

/** Writes down which agents come and go, so that the history knows when one had nothing to do. */
export class PresenceBook implements Disposable {
  private readonly subscription: Disposable;
  /** Those that went a moment ago, and may be back soon. */
  private readonly leaving = new Map<string, { at: number; timer: NodeJS.Timeout }>();
  private readonly busy = new Set<string>();
  private closed = false;

  constructor(private readonly parts: PresenceParts) {
    this.subscription = parts.live.onDidChangePresence((agentId) => this.look(agentId));
    // A tower that died could not say who left; nothing is known of them after its last record.
    const { at } = parts.tower.board;
    for (const agentId of this.written()) void this.tell(agentId, false, at);
  }

  /** Writes down that nobody is known to be there from now on. */
  async leave(): Promise<void> {
    this.closed = true;
    await Promise.all(this.written().map((agentId) => this.tell(agentId, false, this.leaving.get(agentId)?.at)));
  }

  private written(): string[] {
    return [...this.parts.tower.board.agents.values()].flatMap(({ id, present }) => (present ? [id] : []));
  }

  private look(agentId: string): void {
    const { tower, live, clock, settleMs = SETTLE } = this.parts;
    const agent = tower.board.agents.get(agentId);
    if (!agent || this.closed || this.busy.has(agentId)) return;
    const leaving = this.leaving.get(agentId);
    if (isThere(live.agents.get(agentId))) {
      this.stay(agentId);
      if (!agent.present) void this.tell(agentId, true);
    } else if (agent.present && !leaving) {
      const at = clock.now();
      const timer = setTimeout(() => {
        this.leaving.delete(agentId);
        void this.tell(agentId, false, at);
      }, settleMs);
      this.leaving.set(agentId, { at, timer: timer.unref() });
    }
  }

  private stay(agentId: string): void {
    clearTimeout(this.leaving.get(agentId)?.timer);
    this.leaving.delete(agentId);
  }

  private async tell(agentId: string, present: boolean, lastAt?: number): Promise<void> {
    this.busy.add(agentId);
    try {
      await this.parts.tower.execute({ type: 'ReportPresence', agentId, present, ...(lastAt === undefined ? {} : { lastAt }) }, BY);
      this.busy.delete(agentId);
      // It may have come or gone meanwhile.
      this.look(agentId);
    } catch (error) {
      // Another tower may have taken over; the next change is told again.
      this.busy.delete(agentId);
      this.parts.log.debug(`Presence of ${agentId} was not written down: ${errorText(error)}`);
    }
  }

  dispose(): void {
    this.closed = true;
    this.subscription.dispose();
    for (const agentId of [...this.leaving.keys()]) this.stay(agentId);
  }
}
