import type { Transport } from '@modelcontextprotocol/client';
import type { AgentReport } from '../../domain/report';

/** The largest message of a server, bytes: a picture of 64 MiB as base64, and some. */
export const MAX_MESSAGE = 96 * 1024 * 1024;

export type ErrorReport = Extract<AgentReport, { type: 'error' }>;

/** The way to an MCP server. */
export interface Connection {
  transport: Transport;
  /** What an error means. `during` completes "The MCP server ended …"; undefined while it was connected to. */
  explain(error: unknown, during: string | undefined): Promise<ErrorReport>;
  /** Lets the server go; resolves when nothing of it runs here. */
  close(): Promise<void>;
  pause(): void;
  resume(): void;
}
