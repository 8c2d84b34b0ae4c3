import * as l10n from '@vscode/l10n';
import type { Answer, CommandInput } from '../../server/domain/command';
import { whyNotRun, type You } from '../../server/domain/commandRole';
import type { TowerRecord } from '../../server/domain/event';
import type { Live, LiveChange } from '../../server/domain/live';
import type { Board } from '../../server/domain/board';
import type { LogScope } from '../../server/domain/logQuery';
import type { LogLine, Query, QueryResult } from '../../server/domain/query';
import { RemoteTower } from '../../server/follower/remoteTower';
import { Listeners } from './listeners';
import { PanelChannel, type PanelPort } from './panelChannel';
import { spoken } from '../../server/domain/spoken';

/** A board that could not be followed is asked for again after this, ms. */
const RETRY_MS = 2_000;
const PERSON = { kind: 'person', name: 'you' } as const;

/** What the extension tells every page beside the board. */
interface Stale {
  since: number | null;
}

/** The tower as a page of ours has it, over the messages of its panel; it is followed anew whenever the channel closes. */
export class FollowedTower {
  private readonly reset = new Listeners<void>();
  private readonly committed = new Listeners<readonly TowerRecord[]>();
  private readonly liveChanged = new Listeners<LiveChange>();
  private readonly logged = new Listeners<readonly LogLine[]>();
  private readonly told = new Listeners<{ method: string; params: unknown }>();
  private readonly standing = new Listeners<void>();
  /** The whole board is there, or was filled anew. */
  readonly onDidReset = this.reset.event;
  readonly onDidCommit = this.committed.event;
  readonly onDidChangeLive = this.liveChanged.event;
  /** New lines, after `subscribeLogs`. */
  readonly onDidLog = this.logged.event;
  /** What the extension says to this page alone. */
  readonly onDidTell = this.told.event;
  /** `error`, `staleSince` or `you` changed. */
  readonly onDidChangeStanding = this.standing.event;
  /** Why there is no board, for people. */
  error: string | undefined;
  /** The extension has not reached the tower since then, ms. */
  staleSince: number | undefined;
  /** Who works here; undefined until it is told. */
  you: You | undefined;
  /** What is not the board's goes here, also while the board cannot be followed. */
  private readonly link: PanelChannel;
  private channel: PanelChannel | undefined;
  private tower: RemoteTower | undefined;
  private wantedLogs: LogScope | undefined;

  constructor(private readonly port: PanelPort) {
    this.link = new PanelChannel(port);
    this.link.onDidTell(({ method, params }) => this.hear(method, params));
  }

  /** Asks the extension what to show, and follows the board. Listeners are there by then. */
  start(): void {
    this.tell('panel/ready', {});
    void this.follow();
  }

  get board(): Board | undefined {
    return this.tower?.board;
  }

  get live(): Live | undefined {
    return this.tower?.live;
  }

  /** Tells the extension something; there is no answer. */
  tell(method: string, params: object): void {
    this.link.tell(method, params);
  }

  /** Carries out a command of the person. @throws what the tower refuses, in its words. */
  execute(command: CommandInput): Promise<Answer> {
    if (!this.tower) return Promise.reject(notYet());
    return this.tower.execute(command, PERSON, crypto.randomUUID());
  }

  /** Why the person may not run a command of the editor, whatever else stands; undefined = they may. */
  whyNot(command: string): string | undefined {
    return whyNotRun(this.you ?? {}, command);
  }

  query<Q extends Query>(query: Q): Promise<QueryResult<Q>> {
    return this.tower ? this.tower.query(query) : Promise.reject(notYet());
  }

  /** Has new log lines told from now on, those of a scope alone; its tasks are named by their ids. */
  subscribeLogs(scope: LogScope = {}): void {
    this.wantedLogs = scope;
    void this.channel?.request('logs/subscribe', { scope }).catch(() => undefined);
  }

  private async follow(): Promise<void> {
    const channel = new PanelChannel(this.port);
    try {
      const tower = await RemoteTower.open(channel, 'panel');
      this.tower = tower;
      this.channel = channel;
      tower.onDidReset(() => this.reset.fire());
      tower.onDidCommit((records) => this.committed.fire(records));
      tower.onDidChangeLive((change) => this.liveChanged.fire(change));
      tower.onDidLog((lines) => this.logged.fire(lines));
      // It closes when a record was missed: then the whole board is asked for again.
      tower.onDidClose(() => this.followLater());
      if (this.wantedLogs) this.subscribeLogs(this.wantedLogs);
      this.stand(undefined, this.staleSince);
      this.reset.fire();
    } catch (error) {
      this.stand(spoken(error), this.staleSince);
      this.followLater();
    }
  }

  private followLater(): void {
    this.channel = undefined;
    setTimeout(() => void this.follow(), RETRY_MS);
  }

  private hear(method: string, params: unknown): void {
    if (method === 'panel/stale') this.stand(this.error, (params as Stale).since ?? undefined);
    else if (method === 'panel/you') this.meet(params as You);
    else this.told.fire({ method, params });
  }

  private meet(you: You): void {
    this.you = you;
    this.standing.fire();
  }

  private stand(error: string | undefined, staleSince: number | undefined): void {
    this.error = error;
    this.staleSince = staleSince;
    this.standing.fire();
  }
}

function notYet(): Error {
  return new Error(l10n.t('The tower has not answered yet. Try again in a moment.'));
}
