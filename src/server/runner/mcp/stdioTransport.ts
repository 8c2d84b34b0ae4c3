import { deserializeMessage, serializeMessage, type JSONRPCMessage, type Transport } from '@modelcontextprotocol/client';
import type { AgentProcess } from '../agentProcess';
import { MAX_MESSAGE } from './connection';
import { MessageSplitter } from './messageSplitter';

/** MCP over the standard streams of a process: one JSON-RPC message a line. The process is ended by whoever started it. */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport['onmessage'];
  /** Set when what the process says cannot be the protocol, with why. */
  spoiled: string | undefined;
  /** Where the output of the process goes. */
  readonly stdout = {
    push: (chunk: Buffer): void => this.take(chunk),
    end: (): void => this.end(),
  };
  private readonly lines = new MessageSplitter(MAX_MESSAGE, (line) => this.read(line));
  private process: AgentProcess | undefined;
  private closed = false;

  /** @param onStray takes what the process prints that is no message. */
  constructor(private readonly onStray: (line: string) => void) {}

  /** Talks with that process. */
  attach(process: AgentProcess): void {
    this.process = process;
    void process.done.then(() => this.end());
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    await this.process?.write(Buffer.from(serializeMessage(message)));
  }

  close(): Promise<void> {
    this.end();
    return Promise.resolve();
  }

  private take(chunk: Buffer): void {
    if (this.closed) return;
    try {
      this.lines.push(chunk);
    } catch (error) {
      this.spoiled = error instanceof Error ? error.message : String(error);
      this.end();
    }
  }

  private read(line: string): void {
    if (!line.trim()) return;
    let message: JSONRPCMessage;
    try {
      message = deserializeMessage(line);
    } catch {
      return this.onStray(line);
    }
    this.onmessage?.(message);
  }

  private end(): void {
    if (this.closed) return;
    this.closed = true;
    this.lines.clear();
    this.onclose?.();
  }
}
