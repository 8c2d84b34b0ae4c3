/** Major version of the wire protocol. Windows and agents compare this, not extension versions. */
export const PROTOCOL = 1;

/** The tower pings this often, and calls an agent offline after `SILENCE_MS` without a frame. */
export const HEARTBEAT_MS = 5_000;
export const SILENCE_MS = 10_000;
/** An attempt is lost when its agent stays out this long. */
export const LEASE_MS = 30_000;
/** The lease of a task that is only reported over HTTP. */
export const REPORT_LEASE_MS = 15 * 60_000;
/** An assignment that is not answered in this time is declined. */
export const ASSIGN_TIMEOUT_MS = 10_000;
/** The largest frame and JSON body, bytes. */
export const MAX_FRAME = 1024 * 1024;
/** The largest piece of evidence, bytes. */
export const MAX_EVIDENCE = 64 * 1024 * 1024;
/** The same of a team's tower that says nothing else. */
export const TEAM_EVIDENCE = 128 * 1024 * 1024;

/** WebSocket close codes of ours (RFC 6455 §7.4.2: 4000-4999 are private). */
export const Close = {
  /** Another session said hello as this agent; do not reconnect. */
  superseded: 4001,
  /** The frame was not understood as JSON-RPC. */
  badFrame: 4002,
  /** No hello came in time. */
  noHello: 4003,
  /** Another protocol version; do not reconnect. */
  version: 4004,
  /** The token was revoked or rotated: read the address file again. */
  revoked: 4005,
  /** The person was signed out, or got another role: sign in again. */
  signedOut: 4006,
  /** The token of a person is over: open the socket anew with the next one. */
  expired: 4007,
} as const;

/** JSON-RPC error codes of ours beside the standard ones (-32700 … -32603), by refusal. */
export const RpcError = {
  invalid: -32602,
  not_found: -32004,
  conflict: -32009,
  forbidden: -32003,
  unavailable: -32050,
  too_large: -32013,
  /** A gap in `seq`; `data.expected` is the number to send. */
  gap: -32010,
} as const;
