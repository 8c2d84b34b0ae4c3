import { lookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { HumanError } from '../../base/errors';

/**
 * IPv4 addresses that are no host of the public internet, or answer to this machine alone.
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 */
const CLOSED: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // Also where clouds give machines their credentials.
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  // The host agent of Azure.
  ['168.63.129.16', 32],
  ['224.0.0.0', 3],
];

/**
 * Of IPv6 only global unicast is open, and of that not what is reserved or carries an IPv4 address in it.
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry
 */
const OPEN_6 = ['2000::', 3] as const;
const CLOSED_6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

/** Says which addresses may be called: those of the public internet, and others that were allowed by name. */
export class AddressGuard {
  private readonly closed = new BlockList();
  private readonly open6 = new BlockList();
  private readonly allowed = new BlockList();

  /** @param allowed addresses and networks, such as `10.2.0.0/16`. @throws {HumanError} when one is none. */
  constructor(allowed: readonly string[]) {
    for (const [net, prefix] of CLOSED) this.closed.addSubnet(net, prefix, 'ipv4');
    for (const [net, prefix] of CLOSED_6) this.closed.addSubnet(net, prefix, 'ipv6');
    this.open6.addSubnet(...OPEN_6, 'ipv6');
    for (const one of allowed) this.allow(one);
  }

  /** Whether an address may be called. */
  isOpen(address: string): boolean {
    const version = isIP(address);
    if (version === 0) return false;
    const family = version === 4 ? 'ipv4' : 'ipv6';
    if (this.allowed.check(address, family)) return true;
    return !this.closed.check(address, family) && (version === 4 || this.open6.check(address, family));
  }

  /** Refuses an address that stands in a URL, which is never looked up. @throws {HumanError} */
  checkHost({ hostname }: URL): void {
    const address = hostname.replace(/^\[|\]$/g, '');
    if (isIP(address) !== 0 && !this.isOpen(address)) throw new ClosedAddress(address);
  }

  /** Looks a name up as `dns.lookup` does, and refuses it when any of its addresses is closed. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      const [first] = error ? [] : addresses;
      const closed = error ? undefined : addresses.find(({ address }) => !this.isOpen(address));
      const failure = error ?? (closed ? new ClosedAddress(closed.address, hostname) : null);
      if (failure || !first) callback(failure ?? new HumanError(`${hostname} has no address.`), '', 4);
      else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };

  private allow(text: string): void {
    const [net = '', prefix, more] = text.split('/');
    if (net.includes('%'))
      throw new HumanError(
        `"${text}" names a network card, which is not looked at. Write ${text.replace(/%[^/]*/, '')} if any card will do.`,
      );
    const version = isIP(net);
    const most = version === 4 ? 32 : 128;
    const bits = prefix === undefined ? most : Number(prefix);
    if (version === 0 || more !== undefined || prefix === '' || !Number.isInteger(bits) || bits < 0 || bits > most)
      throw new HumanError(`"${text}" is no address and no network. Write it like 10.2.0.7 or 10.2.0.0/16.`);
    this.allowed.addSubnet(net, bits, version === 4 ? 'ipv4' : 'ipv6');
  }
}

/** An address that is not called, because it is of this machine or of a network that nobody allowed. */
export class ClosedAddress extends HumanError {
  override readonly name = 'ClosedAddress';

  constructor(address: string, hostname?: string) {
    const what = hostname === undefined ? address : `${hostname} leads to ${address}, which`;
    super(`${what} is an address of this machine or of a private network. Allow it under "allow" if it is meant.`);
  }
}
