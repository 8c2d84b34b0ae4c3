import type { IncomingMessage, ServerResponse } from 'node:http';
import { Refusal } from '../domain/refusal';
import { readJson } from './body';
import type { Who } from './guard';
import { uploadHint, type McpParts } from './mcp/tool';
import { problemOf, sendProblem } from './problem';
import { mayWork } from './scopes';

/** The queue as tools of the Model Context Protocol, for whoever the guard has let in. Stateless: each request stands alone. */
export class McpDoor {
  constructor(private readonly parts: McpParts) {}

  async serve(request: IncomingMessage, response: ServerResponse, who: Who): Promise<void> {
    try {
      mayWork(who, 'MCP');
      const body = request.method === 'POST' ? await readJson(request) : undefined;
      // Most windows never see an MCP client, and the SDK is large.
      const { serveMcp } = await import('./mcp/server');
      await serveMcp(this.parts, who, request, response, body);
    } catch (error) {
      sendProblem(response, problemOf(this.hinted(error), this.parts.log), request.complete ? {} : { connection: 'close' });
    }
  }

  private hinted(error: unknown): unknown {
    if (!(error instanceof Refusal) || error.code !== 'too_large') return error;
    return new Refusal('too_large', `${error.message} ${uploadHint(this.parts.url(), ':id')}`);
  }
}
