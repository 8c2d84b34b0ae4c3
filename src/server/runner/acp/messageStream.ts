import type { AnyMessage, Stream } from '@agentclientprotocol/sdk';
import * as z from 'zod';
import { shorten } from '../../domain/text';
import { MessageSplitter } from '../mcp/messageSplitter';

/** A longer message ends the connection, bytes. */
const MAX_MESSAGE = 32 * 1024 * 1024;
const MAX_NOISE = 4_000;

const Message = z.looseObject({ jsonrpc: z.literal('2.0') });
const Update = z.object({ method: z.literal('session/update'), params: z.object({ sessionId: z.string(), update: z.unknown() }) });

export interface MessageStreamOptions {
  write(bytes: Uint8Array): Promise<void>;
  /** What the agent says of its session, in order with its answers. */
  onUpdate(sessionId: string, update: unknown): void;
  /** A line of output that is no message, cut if it is very long. */
  onNoise(line: string): void;
}

/**
 * The newline-delimited JSON of an agent's standard input and output, as the SDK wants it.
 * Session updates go past the SDK, which would refuse those of a later schema, and could handle them after the answer that follows them.
 */
export class MessageStream {
  readonly stream: Stream;
  private readonly asked = new Set<unknown>();
  private controller: ReadableStreamDefaultController<AnyMessage> | undefined;
  private readonly lines = new MessageSplitter(MAX_MESSAGE, (line) => this.take(line.trim()));

  constructor(private readonly options: MessageStreamOptions) {
    const readable = new ReadableStream<AnyMessage>({
      start: (controller) => void (this.controller = controller),
      cancel: () => void (this.controller = undefined),
    });
    const writable = new WritableStream<AnyMessage>({
      write: (message) => {
        if ('method' in message && 'id' in message) this.asked.add(message.id);
        // Not waited for: it would gather here, where nobody sees how much the agent has not read.
        options.write(Buffer.from(`${JSON.stringify(message)}\n`)).catch((error: unknown) => this.fail(error));
      },
    });
    this.stream = { readable, writable };
  }

  push(chunk: Buffer): void {
    if (!this.controller) return;
    try {
      this.lines.push(chunk);
    } catch (error) {
      this.fail(error);
    }
  }

  end(): void {
    this.controller?.close();
    this.controller = undefined;
  }

  private fail(error: unknown): void {
    this.controller?.error(error);
    this.controller = undefined;
  }

  private take(line: string): void {
    if (!line) return;
    const { data } = Message.safeParse(parse(line));
    if (!data) return this.options.onNoise(shorten(line, MAX_NOISE));
    const update = Update.safeParse(data).data;
    if (update) return this.options.onUpdate(update.params.sessionId, update.params.update);
    // An answer to nothing we asked: the SDK would only complain about it, each time.
    if (!('method' in data) && !this.asked.delete(data.id)) return;
    this.controller?.enqueue(data as unknown as AnyMessage);
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
