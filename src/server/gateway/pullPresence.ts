import type { Disposable } from '../base/disposables';
import type { LiveOverlay } from '../domain/ports';

/** An agent that asks for work over HTTP is present until it has not asked or reported for this long, ms. */
const QUIET = 90_000;

/** Presence of agents without a socket, by their last call. */
export class PullPresence implements Disposable {
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(private readonly live: LiveOverlay) {}

  /** A call of the agent. One that is connected by a socket stays what it is. */
  heard(agentId: string): void {
    const now = this.live.agents.get(agentId)?.presence;
    if (now !== undefined && now !== 'pull') return;
    this.live.setAgent(agentId, 'pull');
    clearTimeout(this.timers.get(agentId));
    const timer = setTimeout(() => {
      this.timers.delete(agentId);
      if (this.live.agents.get(agentId)?.presence === 'pull') this.live.setAgent(agentId, 'offline');
    }, QUIET);
    this.timers.set(agentId, timer.unref());
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }
}
