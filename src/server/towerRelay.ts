import type { Disposable } from './base/disposables';
import { Emitter } from './base/emitter';
import type { TowerRecord } from './domain/event';
import type { LiveChange } from './domain/live';
import type { Tower } from './domain/ports';
import type { AgentOutput, LogLine } from './domain/query';
import type { Standing } from './sharedTower';

/** What the tower of the moment tells, for those who outlive it. */
export abstract class TowerRelay {
  private readonly changed = new Emitter<Standing>();
  private readonly committed = new Emitter<readonly TowerRecord[]>();
  private readonly liveChanged = new Emitter<LiveChange>();
  private readonly logged = new Emitter<readonly LogLine[]>();
  private readonly printed = new Emitter<AgentOutput>();
  /** The role changed, or the board was filled anew: look at everything again. */
  readonly onDidChange = this.changed.event;
  readonly onDidCommit = this.committed.event;
  readonly onDidChangeLive = this.liveChanged.event;
  readonly onDidLog = this.logged.event;
  readonly onDidPrint = this.printed.event;
  private listening: Disposable[] = [];

  /** Passes on what this tower tells from now on, in place of the one before. */
  protected relay(tower: Pick<Tower, 'onDidCommit' | 'onDidChangeLive' | 'onDidLog' | 'onDidPrint'>): void {
    for (const subscription of this.listening) subscription.dispose();
    this.listening = [
      tower.onDidCommit((records) => this.committed.fire(records)),
      tower.onDidChangeLive((change) => this.liveChanged.fire(change)),
      tower.onDidLog((lines) => this.logged.fire(lines)),
      tower.onDidPrint((output) => this.printed.fire(output)),
    ];
  }

  protected tell(standing: Standing): void {
    this.changed.fire(standing);
  }

  protected endRelay(): void {
    for (const subscription of this.listening.splice(0)) subscription.dispose();
    for (const emitter of [this.changed, this.committed, this.liveChanged, this.logged, this.printed]) emitter.dispose();
  }
}
