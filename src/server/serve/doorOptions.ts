import { readFileSync } from 'node:fs';
import type { ParseArgsConfig } from 'node:util';
import { errorText, HumanError } from '../base/errors';
import type { Log } from '../base/log';
import type { People } from '../domain/ports';
import { Role } from '../domain/task';
import { towerId } from '../gateway/addressFile';
import type { OpenDoor } from '../gateway/reach';
import { WebPages } from '../gateway/webPages';
import { IssuerPeople } from '../users/issuerPeople';
import type { IssuerClient } from '../users/issuerSignIn';
import { LocalPeople } from '../users/localPeople';
import { TowerMetrics } from './towerMetrics';
import { readWebhooks } from './webhooks/config';
import { DeliveryCounts } from './webhooks/deliveryCounts';
import { Webhooks } from './webhooks/webhooks';

/** The options that say how a team comes in. */
export const DOOR_FLAGS = {
  bind: { type: 'string' },
  cert: { type: 'string' },
  key: { type: 'string' },
  url: { type: 'string', multiple: true },
  'allow-origin': { type: 'string', multiple: true },
  evidence: { type: 'string' },
  webhooks: { type: 'string' },
  'oidc-issuer': { type: 'string' },
  'oidc-audience': { type: 'string' },
  'oidc-client-id': { type: 'string' },
  'oidc-scope': { type: 'string' },
  'oidc-role-claim': { type: 'string' },
  'oidc-default-role': { type: 'string' },
} as const satisfies NonNullable<ParseArgsConfig['options']>;

/** What `DOOR_FLAGS` give. */
export interface DoorValues {
  bind?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
  url?: string[] | undefined;
  'allow-origin'?: string[] | undefined;
  evidence?: string | undefined;
  webhooks?: string | undefined;
  'oidc-issuer'?: string | undefined;
  'oidc-audience'?: string | undefined;
  'oidc-client-id'?: string | undefined;
  'oidc-scope'?: string | undefined;
  'oidc-role-claim'?: string | undefined;
  'oidc-default-role'?: string | undefined;
}

/** What the door stands in. */
export interface DoorPlace {
  /** The storage folder, absolute. */
  storage: string;
  /** The folder of the pages, absolute. */
  pages: string;
  log: Log;
}

/** The door of a team's tower. @throws {HumanError} saying which option is wrong. */
export function doorOf(values: DoorValues, { storage, pages, log }: DoorPlace): OpenDoor {
  const { bind = '127.0.0.1', cert, key, url = [], 'allow-origin': guests = [], evidence, webhooks } = values;
  if ((cert === undefined) !== (key === undefined)) throw new HumanError('A certificate takes both: --cert FILE --key FILE');
  const counts = new DeliveryCounts();
  const config = webhooks === undefined ? undefined : readWebhooks(webhooks, process.env);
  // A name that stays the same wherever the tower runs, so that ids under it mean one event for good.
  const source = url[0] ?? `urn:tasktower:${towerId(storage)}`;
  const evidenceFor = rolesFrom(evidence === undefined ? 'viewer' : roleOf('--evidence', evidence));
  return {
    bind,
    ...(cert === undefined || key === undefined ? {} : { tls: { cert: read('--cert', cert), key: read('--key', key) } }),
    urls: url.map((one) => addressOf('--url', one)),
    guests: guests.map((one) => addressOf('--allow-origin', one)),
    people: peopleOf(values, storage, evidenceFor, log),
    pages: new WebPages(pages),
    metrics: (tower) => new TowerMetrics(tower, counts),
    ...(config ? { webhooks: (watched) => new Webhooks(watched, { config, counts, storage, source }) } : {}),
  };
}

function peopleOf(values: DoorValues, storage: string, evidenceFor: ReadonlySet<Role>, log: Log): People {
  const { 'oidc-issuer': issuer, 'oidc-audience': audience, 'oidc-role-claim': roleClaim = 'roles', 'oidc-default-role': role } = values;
  if (issuer === undefined) return new LocalPeople({ storage, evidenceFor, log });
  if (audience === undefined) throw new HumanError('Say what the tokens of the issuer are made for: --oidc-audience NAME');
  addressOf('--oidc-issuer', issuer);
  const defaultRole = role === undefined ? {} : { defaultRole: roleOf('--oidc-default-role', role) };
  return new IssuerPeople({ issuer, audience, roleClaim, ...defaultRole, ...clientOf(values), evidenceFor, log });
}

/** What the tower is to the issuer. Out of the environment no other user of the machine reads its secret. */
function clientOf({ 'oidc-client-id': id, 'oidc-scope': scope = 'openid profile' }: DoorValues): { client?: IssuerClient } {
  const { TASKTOWER_OIDC_SECRET: secret } = process.env;
  return id === undefined ? {} : { client: { id, scope, ...(secret ? { secret } : {}) } };
}

/** A role and those that may more. */
function rolesFrom(least: Role): ReadonlySet<Role> {
  return new Set(Role.options.slice(Role.options.indexOf(least)));
}

function roleOf(flag: string, text: string): Role {
  const role = Role.safeParse(text);
  if (role.success) return role.data;
  throw new HumanError(`${flag} is admin, operator or viewer, not "${text}".`);
}

function addressOf(flag: string, text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new HumanError(`${flag} is an address such as https://tower.example, not "${text}".`);
}

function read(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new HumanError(`${flag}: ${errorText(error)}`, { cause: error });
  }
}
