import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Message {
  role: string;
  content?: unknown;
  tool_calls?: unknown;
}
interface ModelRequest {
  model: string;
  stream?: boolean;
  messages: Message[];
  tools?: { type: string; function: { name: string; parameters?: unknown } }[];
}

/** What the model says next: a text, or a call of one of the tools that were offered. */
export type ModelTurn = { text: string; afterMs?: number } | { tool: string; input: object };

/** Chooses the next turn by what was asked so far. */
export type Script = (request: ModelRequest, turn: number) => ModelTurn | Promise<ModelTurn>;

const USAGE = { prompt_tokens: 1200, completion_tokens: 34, total_tokens: 1234, prompt_tokens_details: { cached_tokens: 1000 } };

/** An OpenAI-compatible model on loopback that follows a script: https://platform.openai.com/docs/api-reference/chat. */
export class FakeModel {
  readonly requests: ModelRequest[] = [];

  private constructor(
    private readonly server: Server,
    private readonly script: Script,
  ) {}

  static async start(script: Script): Promise<FakeModel> {
    const server = createServer();
    const model = new FakeModel(server, script);
    server.on('request', (request, response) => void model.answer(request, response).catch(() => response.destroy()));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return model;
  }

  /** Its address, with `/v1`. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  /** The name of an offered tool that matches. */
  tool(pattern: RegExp): string {
    const names = this.requests.at(-1)?.tools?.map(({ function: { name } }) => name) ?? [];
    const found = names.find((name) => pattern.test(name));
    if (found === undefined) throw new Error(`No tool matches ${pattern.source} among ${names.join(', ')}.`);
    return found;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.method === 'GET' || !request.url?.endsWith('/chat/completions')) {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ object: 'list', data: [{ id: 'fake', object: 'model' }] }));
      return;
    }
    const body = JSON.parse(Buffer.concat(chunks).toString()) as ModelRequest;
    this.requests.push(body);
    const turn = await this.script(body, this.requests.length);
    if ('afterMs' in turn && turn.afterMs) await new Promise((resolve) => setTimeout(resolve, turn.afterMs));
    const call =
      'tool' in turn
        ? { id: `call_${this.requests.length}`, type: 'function', function: { name: turn.tool, arguments: JSON.stringify(turn.input) } }
        : undefined;
    const head = { id: `chat-${this.requests.length}`, created: 1_700_000_000, model: body.model };
    const finish = call ? 'tool_calls' : 'stop';
    const content = 'text' in turn ? turn.text : null;
    if (!body.stream) {
      const message = { role: 'assistant', content, ...(call ? { tool_calls: [call] } : {}) };
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({ ...head, object: 'chat.completion', choices: [{ index: 0, message, finish_reason: finish }], usage: USAGE }),
      );
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (choice: object | undefined, rest: object = {}): void =>
      void response.write(
        `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices: choice ? [{ index: 0, ...choice }] : [], ...rest })}\n\n`,
      );
    send({ delta: { role: 'assistant', content: '' }, finish_reason: null });
    if (call) send({ delta: { tool_calls: [{ index: 0, ...call }] }, finish_reason: null });
    else for (const part of (content ?? '').match(/.{1,20}/gs) ?? []) send({ delta: { content: part }, finish_reason: null });
    send({ delta: {}, finish_reason: finish }, { usage: USAGE });
    send(undefined, { usage: USAGE });
    response.end('data: [DONE]\n\n');
  }
}
