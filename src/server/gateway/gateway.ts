import type { WebSocket } from 'ws';
import type { Clock } from '../base/clock';
import { DisposableStore } from '../base/disposables';
import type { Log } from '../base/log';
import type {
  AgentLinks,
  AgentReports,
  Claims,
  EvidenceStore,
  Keys,
  Leases,
  LiveOverlay,
  ExportLogs,
  MakeBundle,
  Metrics,
  RunnerAgents,
  Tower,
} from '../domain/ports';
import { AgentHub } from './agentHub';
import { agentRoutes } from './agentRoutes';
import { issuerRoutes } from './issuerRoutes';
import { logRoutes } from './logRoutes';
import { analyticsRoutes } from './analyticsRoutes';
import { BoardHub } from './boardHub';
import { evidenceRoutes } from './evidenceRoutes';
import { fileRoutes, type FileParts } from './fileRoutes';
import { splitUrl, type Who } from './guard';
import { hookRoutes } from './hookRoutes';
import { Listener } from './listener';
import { McpDoor } from './mcp';
import { metricsRoute } from './metricsRoute';
import { openapiOf } from './openapi';
import { PullPresence } from './pullPresence';
import { Questions } from './questions';
import type { OpenDoor } from './reach';
import { reportRoutes } from './reportRoutes';
import { Rest } from './rest';
import type { Route } from './route';
import { sessionRoutes } from './sessionRoutes';
import { RunnerDesk, runnerIdAt } from './runnerSession';
import { taskRoutes } from './taskRoutes';

/** What the doors open onto. */
export interface GatewayParts {
  tower: Tower;
  /** Whether this tower still owns its folder. @throws {HumanError} when it does not, with why. */
  look: () => void;
  reports: AgentReports;
  live: LiveOverlay;
  leases: Leases;
  evidence: EvidenceStore;
  bundle: MakeBundle;
  exportLogs: ExportLogs;
  claims: Claims;
  keys: Keys;
  agents: RunnerAgents;
  thumbnail: FileParts['thumbnail'];
  /** How a team comes in; without it, one user of one machine. */
  door?: OpenDoor | undefined;
  /** The name of this tower, where several share the queue. */
  here?: string | undefined;
  clock: Clock;
  log: Log;
}

/** All doors of a tower on one listener. */
export class Gateway {
  private readonly store = new DisposableStore();
  private readonly listener: Listener;
  readonly links: AgentLinks;
  readonly runner: RunnerDesk;
  private readonly hub: AgentHub;

  constructor(parts: GatewayParts) {
    const { tower, live, agents, keys, clock, log, door, here } = parts;
    const url = (): string => this.listener.url;
    const hub = (this.hub = this.store.add(new AgentHub({ ...parts, url })));
    const boards = this.store.add(new BoardHub(tower));
    const pull = this.store.add(new PullPresence(live));
    this.runner = this.store.add(new RunnerDesk(tower, live, agents, runnerIdAt(here)));
    this.links = hub;
    const metrics = door?.metrics && this.store.add(door.metrics(tower));
    const rest = new Rest(routesOf({ ...parts, pull, url, metrics }), tower, parts.leases, log);
    const questions = this.store.add(new Questions(tower));
    const mcp = new McpDoor({ ...parts, pull, questions, url });
    this.listener = new Listener(
      keys,
      {
        look: parts.look,
        request: (request, response, who) => {
          const { path } = splitUrl(request.url ?? '/');
          if (request.method === 'GET' && door?.pages.paths.has(path)) door.pages.serve(path, response);
          else if (who && path === '/mcp') void mcp.serve(request, response, who);
          else void rest.serve(request, response, who);
        },
        sockets: new Map<string, (socket: WebSocket, who: Who) => void>([
          ['/agent', (socket, who) => hub.accept(socket, who, this.runner)],
          ['/board', (socket, who) => boards.accept(socket, who)],
        ]),
      },
      clock,
      log,
      door,
    );
    if (door) this.store.add(door.people.onDidChange(() => this.closeRevoked()));
  }

  get url(): string {
    return this.listener.url;
  }

  /** Where a team reaches it, on this machine. */
  get openUrl(): string | undefined {
    return this.listener.openUrl;
  }

  /** Opens the doors. @returns the port. @throws {HumanError} when the pinned port is taken. */
  listen(pinned: number, preferred: number): Promise<number> {
    return this.listener.listen(pinned, preferred);
  }

  /** Closes the sockets whose token is good no more. */
  closeRevoked(): void {
    this.listener.closeRevoked();
  }

  /** Takes in nothing more and lets the agents go; viewers stay until all is written, so that the next tower finds it. */
  leave(): void {
    this.listener.leave();
    this.hub.disconnect();
    this.runner.disconnect();
  }

  async dispose(): Promise<void> {
    await this.listener.dispose();
    this.store.dispose();
  }
}

/** The REST table. */
export function routesOf(
  parts: Omit<GatewayParts, 'agents' | 'log' | 'look'> & {
    pull: Pick<PullPresence, 'heard'>;
    url(): string;
    metrics?: Metrics | undefined;
  },
): Route[] {
  const routes: Route[] = [
    ...taskRoutes(parts.tower, parts.clock),
    ...reportRoutes(parts),
    ...evidenceRoutes(parts),
    ...hookRoutes(parts),
    ...analyticsRoutes(parts.tower),
    ...logRoutes(parts.tower, parts.exportLogs),
    ...fileRoutes(parts),
    ...(parts.door ? [...sessionRoutes(parts.door.people, parts.clock), ...issuerRoutes(parts.door, parts.clock)] : []),
    ...(parts.metrics ? [metricsRoute(parts.metrics)] : []),
    ...agentRoutes(parts.tower, () => openapiOf(routes)),
  ];
  return routes;
}
