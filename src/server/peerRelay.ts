import { DisposableStore, type Disposable } from './base/disposables';
import { errorText } from './base/errors';
import type { Log } from './base/log';
import type { PeerNews, Peers } from './domain/ports';
import type { Actor } from './domain/task';
import type { LeaseBook } from './leases';
import type { LiveBoard } from './liveOverlay';
import type { LocalTower } from './tower';

const BY: Actor = { kind: 'tower', name: 'tower' };
/** How often the others are told everything, and looked after, ms. */
const EVERY = 2_000;

export interface PeerRelayParts {
  tower: LocalTower;
  peers: Peers;
  live: LiveBoard;
  leases: LeaseBook;
  files: { setKeeper(isKeeper: boolean): void; forget(seq: number): void };
  log: Log;
}

/** What the towers of a queue tell each other beside the records, and what becomes of the agents of one that went silent. */
export class PeerRelay implements Disposable {
  private readonly store = new DisposableStore();
  private readonly timer: NodeJS.Timeout;
  /** What another tower said is not said again. */
  private hearing = false;
  private looking = false;

  constructor(private readonly parts: PeerRelayParts) {
    const { tower, peers, live, leases, files } = parts;
    files.setKeeper(peers.isKeeper);
    this.store.add(peers.onDidChangeKeeper((isKeeper) => this.keep(isKeeper)));
    // Nobody was heard meanwhile, so nobody was silent.
    this.store.add(peers.onDidReturn(() => leases.grace()));
    this.store.add(peers.onDidHear(({ from, news }) => this.hear(from, news)));
    this.store.add(live.onDidChangeOwn((change) => peers.tell({ live: change })));
    this.store.add(tower.onDidLog((lines) => !this.hearing && peers.tell({ lines })));
    this.timer = setInterval(() => void this.look(), EVERY);
    void this.look();
  }

  private keep(isKeeper: boolean): void {
    const { files, log, peers } = this.parts;
    if (isKeeper) log.info(`The tower ${peers.here} keeps the data folder from now on.`);
    files.setKeeper(isKeeper);
  }

  private hear(from: string, { live, whole, lines, renewed, kept }: PeerNews): void {
    const { tower, leases, files } = this.parts;
    if (live) this.parts.live.merge(from, live, whole);
    if (renewed) leases.renewedElsewhere(renewed);
    if (kept !== undefined) files.forget(kept);
    if (!lines) return;
    this.hearing = true;
    tower.tellLines(lines);
    this.hearing = false;
  }

  private async look(): Promise<void> {
    const { tower, peers, live, leases, log } = this.parts;
    const renewed = leases.takeRenewed();
    peers.tell({ live: live.ownFacts, whole: true, ...(renewed.length > 0 ? { renewed } : {}) });
    if (this.looking) return;
    this.looking = true;
    try {
      const others = new Set([...tower.board.agents.values()].flatMap((agent) => agent.tower ?? []));
      others.delete(peers.here);
      for (const name of await peers.silent([...others])) {
        log.warn(`The tower ${name} went silent; what its agents were at is lost, unless they came to another one.`);
        live.merge(name, {}, true);
        await tower.execute({ type: 'LoseTower', tower: name }, BY);
      }
    } catch (error) {
      log.debug(`The other towers could not be looked after: ${errorText(error)}`);
    } finally {
      this.looking = false;
    }
  }

  dispose(): void {
    clearInterval(this.timer);
    this.store.dispose();
  }
}
