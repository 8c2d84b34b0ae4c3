import type { Transport } from '@modelcontextprotocol/client';
import type { AgentReport } from '../../domain/report';

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
