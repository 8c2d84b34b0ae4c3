import { createClient, type RedisClientOptions } from '@redis/client';
import { errorText, HumanError } from '../base/errors';

/** How a connection is made: host, credentials, TLS. */
type Place = Pick<RedisClientOptions, 'url' | 'socket' | 'username' | 'password' | 'database'>;

const SENTINEL = /^redis(s?)\+sentinel:\/\/(?:([^:@/]*):([^@/]*)@)?([^/@]+)\/([\w.-]+)(?:\/(\d+))?$/;
const SENTINEL_PORT = 26_379;
const PATIENCE = 2_000;

/** Where the queue's Redis is: one server, or the master that Sentinels name. */
export interface RedisAddress {
  /** For people: without credentials. */
  readonly text: string;
  /** Asked before each connection, so that a failover is followed. */
  locate(): Promise<Place>;
}

/**
 * Reads `redis://`, `rediss://` (TLS), or `redis+sentinel://[user:password@]host:port,host:port/master[/database]`.
 * @throws {HumanError} on anything else.
 */
export function redisAddress(url: string): RedisAddress {
  const sentinel = SENTINEL.exec(url);
  if (sentinel) return sentinelAddress(sentinel);
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^rediss?:$/.test(parsed.protocol) || parsed.hostname === '')
    throw new HumanError(
      '--redis is an address such as redis://localhost:6379, rediss://… or redis+sentinel://host:26379,host:26379/master.',
    );
  return { text: `${parsed.protocol}//${parsed.host}${parsed.pathname}`, locate: async () => ({ url }) };
}

function sentinelAddress([, secure, user = '', password = '', hosts = '', master = '', database]: RegExpExecArray): RedisAddress {
  const tls = secure === 's' ? { tls: true as const } : {};
  const nodes = hosts.split(',').map((node) => {
    const [host = '', port = String(SENTINEL_PORT)] = node.split(':');
    return { host, port: Number(port) };
  });
  const credentials = {
    ...(user === '' ? {} : { username: decodeURIComponent(user) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    ...(database === undefined ? {} : { database: Number(database) }),
  };
  const locate = async (): Promise<Place> => {
    let why = 'none was named';
    for (const node of nodes) {
      const client = createClient({
        socket: { ...node, ...tls, connectTimeout: PATIENCE, socketTimeout: PATIENCE, reconnectStrategy: false },
      });
      client.on('error', () => undefined);
      try {
        await client.connect();
        const answer: unknown = await client.sendCommand(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master]);
        if (Array.isArray(answer)) return { socket: { host: String(answer[0]), port: Number(answer[1]), ...tls }, ...credentials };
        why = `no Sentinel knows ${master}`;
      } catch (error) {
        why = errorText(error);
      } finally {
        client.destroy();
      }
    }
    throw new HumanError(`The Sentinels at ${hosts} name no master: ${why}.`);
  };
  return { text: `the master ${master} of ${hosts}`, locate };
}
