import type { Listen } from '../domain/ports';
import type { BoardNotices } from '../protocol/board';

/** Something a tower told its viewers. */
export type BoardNotice = { [Method in keyof BoardNotices]: { method: Method; params: BoardNotices[Method] } }[keyof BoardNotices];

/** How a connection ended: the other end says nothing any more, not even pings, or it is gone. */
export type CloseReason = 'silent' | 'closed';

/** A connection to the board of a tower elsewhere, whatever carries it. */
export interface BoardChannel {
  /** Asks the tower. @throws {Refusal} what it refuses. @throws {NoAnswer} when the connection is lost first. */
  request(method: string, params: unknown): Promise<unknown>;
  readonly onDidNotify: Listen<BoardNotice>;
  /** Fires once. */
  readonly onDidClose: Listen<CloseReason>;
  dispose(): void;
}
