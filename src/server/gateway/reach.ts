import type { ServerResponse } from 'node:http';
import { HumanError } from '../base/errors';
import type { Log } from '../base/log';
import type { Metrics, Peers, People, Tower } from '../domain/ports';

/** What a tower calls itself, and who may ask it from a browser. */
export interface Reach {
  /** What may stand in `Host`; the first one is named in errors. */
  hosts: ReadonlySet<string>;
  /** The origins of its own pages; none for the tower of an editor. */
  origins: ReadonlySet<string>;
  /** The origins of other pages that may ask with a token. */
  guests: ReadonlySet<string>;
  /** The paths of its pages, which need no token. */
  pages: ReadonlySet<string>;
  /** True when people sign in here. */
  signsIn: boolean;
}

/** How a tower is opened beyond one user of one machine; without it nothing but the loopback address, and no browser. */
export interface OpenDoor {
  /** The address to listen at. */
  bind: string;
  /** PEM. */
  tls?: { cert: string; key: string };
  /** Where people reach it, such as `https://tower.example`, beside the address that it listens at. */
  urls: readonly string[];
  /** Origins of other pages that may ask. */
  guests: readonly string[];
  people: People;
  pages: Pages;
  /** Watches a tower for a monitoring system. */
  metrics?: (tower: Tower) => Metrics;
  /** Tells other systems what happens to tasks. */
  webhooks?: (watched: Watched) => { dispose(): void };
}

/** A running tower, as whoever tells others of it has it. */
export interface Watched {
  tower: Tower;
  /** The other towers of its queue. */
  peers?: Pick<Peers, 'isKeeper' | 'onDidChangeKeeper'> | undefined;
  /** Whether this tower still owns its folder. @throws {HumanError} when it does not, with why. */
  look: () => void;
  log: Log;
}

/** The tower's own pages: no path but these is read from the disk. */
export interface Pages {
  readonly paths: ReadonlySet<string>;
  serve(path: string, response: ServerResponse): void;
}

const LOOPBACK = ['127.0.0.1', 'localhost'];

/** What a tower that listens at `port` answers to. @throws {HumanError} on an address that is none. */
export function reachOf(port: number, door?: OpenDoor): Reach {
  const own = LOOPBACK.map((name) => `${name}:${port}`);
  if (!door) return { hosts: new Set(own), origins: new Set(), guests: new Set(), pages: new Set(), signsIn: false };
  const scheme = door.tls ? 'https' : 'http';
  const urls = [...own.map((host) => `${scheme}://${host}`), ...door.urls].map(urlOf);
  return {
    // 127.0.0.1:443 is said without the port.
    hosts: new Set([...urls.map(({ host }) => host), ...own]),
    origins: new Set(urls.map(({ origin }) => origin)),
    guests: new Set(door.guests.map((guest) => urlOf(guest).origin)),
    pages: door.pages.paths,
    signsIn: door.people.signsIn,
  };
}

/** True for an address that only this machine reaches. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^127\./.test(address) || address === 'localhost';
}

function urlOf(text: string): URL {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new URL(text);
  throw new HumanError(`${text} is no address. Write it like https://tower.example.`);
}
