import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runInNewContext } from 'node:vm';
import type { Workflow, WorkflowNode } from './n8nWorkflow';

/** What goes from node to node. */
export interface Item {
  json: Record<string, unknown>;
  binary?: Record<string, { data: string }>;
}

/** What n8n keeps apart from workflows. */
export interface Credentials {
  httpBearerAuth?: { token: string };
  crypto?: { hmacSecret: string };
}

const UNITS: Readonly<Record<string, number>> = { seconds: 1_000, minutes: 60_000, hours: 3_600_000, days: 86_400_000 };

/** One run of a workflow. */
export class Execution {
  /** What each node gave last. */
  readonly given = new Map<string, Item>();
  /** The nodes in the order they ran. */
  readonly ran: string[] = [];
  status: 'running' | 'waiting' | 'finished' = 'running';
  /** Wakes it up. */
  resume: (() => void) | undefined;

  constructor(
    readonly id: string,
    readonly workflow: Workflow,
  ) {}
}

/** Runs exactly the nodes that our workflows use, as n8n does, with an HTTP server for what it is called by. */
export class N8nHost {
  readonly executions: Execution[] = [];
  /** How often a call came for an execution that did not wait. */
  conflicts = 0;
  /** Called before each node. */
  before: ((node: string) => Promise<void>) | undefined;
  private readonly hooks = new Map<string, Workflow>();

  private constructor(
    private readonly server: Server,
    private readonly credentials: Credentials,
    /** How long a second of n8n takes here, ms. */
    private readonly second: number,
  ) {}

  static async start(credentials: Credentials, second = 1_000): Promise<N8nHost> {
    const server = createServer();
    const host = new N8nHost(server, credentials, second);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void host.serve(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return host;
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Makes a workflow with a Webhook node answer. @returns its address. */
  activate(workflow: Workflow): string {
    const node = workflow.nodes.find(({ type }) => type.endsWith('.webhook'));
    assert.ok(node, 'a Webhook node');
    const path = `/webhook/${String(node.parameters.path)}`;
    this.hooks.set(path, workflow);
    return `http://${this.host}${path}`;
  }

  /** Runs a workflow from its first node to its end. @returns the execution. */
  async run(workflow: Workflow, first: Item = { json: {} }): Promise<Execution> {
    const execution = new Execution(String(this.executions.length + 1), workflow);
    this.executions.push(execution);
    let node = workflow.nodes[0];
    let item = first;
    while (node) {
      await this.before?.(node.name);
      execution.ran.push(node.name);
      const { out, item: next } = await this.runNode(node, item, execution);
      execution.given.set(node.name, next);
      item = next;
      const [to] = workflow.connections[node.name]?.main[out] ?? [];
      node = workflow.nodes.find(({ name }) => name === to?.node);
    }
    execution.status = 'finished';
    return execution;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async runNode(node: WorkflowNode, item: Item, execution: Execution): Promise<{ out: number; item: Item }> {
    const value = (name: string): unknown => this.value(node.parameters[name], item, execution);
    const keep = (next: Item): { out: number; item: Item } => ({ out: 0, item: next });
    switch (node.type.replace('n8n-nodes-base.', '')) {
      case 'manualTrigger':
      case 'webhook':
      case 'noOp':
        return keep(item);
      case 'set':
        return keep({ json: JSON.parse(String(value('jsonOutput'))) as Item['json'] });
      case 'httpRequest':
        return keep({ json: await this.request(node, value) });
      case 'wait':
        return keep(await this.wait(value, item, execution));
      case 'if':
        return { out: this.holds(node, item, execution) ? 0 : 1, item };
      case 'extractFromFile': {
        const data = item.binary?.[String(value('binaryPropertyName'))]?.data;
        assert.ok(data !== undefined, 'a file to read');
        const options = value('options') as { keepSource?: string };
        const json = options.keepSource === 'json' ? item.json : {};
        return keep({ json: { ...json, [String(value('destinationKey'))]: Buffer.from(data, 'base64').toString('utf8') } });
      }
      case 'crypto': {
        const secret = this.credentials.crypto?.hmacSecret;
        assert.ok(secret, 'No HMAC secret set in credentials.');
        const hmac = createHmac(String(value('type')), secret).update(String(value('value')));
        return keep({ json: { ...item.json, [String(value('dataPropertyName'))]: hmac.digest(value('encoding') as 'base64') } });
      }
      default:
        throw new Error(`There is no ${node.type} here.`);
    }
  }

  private async request(node: WorkflowNode, value: (name: string) => unknown): Promise<Record<string, unknown>> {
    const headers: Record<string, string> = {};
    if (value('genericAuthType') === 'httpBearerAuth') headers.authorization = `Bearer ${this.credentials.httpBearerAuth?.token ?? ''}`;
    for (const { name, value: text } of (value('headerParameters') as { parameters: { name: string; value: string }[] } | undefined)
      ?.parameters ?? [])
      headers[name] = text;
    const body = value('sendBody') === true ? String(value('jsonBody')) : undefined;
    if (body !== undefined) headers['content-type'] = 'application/json';
    const response = await fetch(String(value('url')), {
      method: String(value('method')),
      headers,
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    assert.ok(response.ok, `${node.name}: ${response.status} ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }

  private async wait(value: (name: string) => unknown, item: Item, execution: Execution): Promise<Item> {
    assert.equal(value('resume'), 'webhook');
    const limit = value('limitWaitTime') === true ? Number(value('resumeAmount')) * (UNITS[String(value('resumeUnit'))] ?? NaN) : Infinity;
    let timer: NodeJS.Timeout | undefined;
    const woken = new Promise<void>((resolve) => {
      execution.resume = resolve;
      if (limit < Infinity) timer = setTimeout(resolve, (limit / 1_000) * this.second);
    });
    execution.status = 'waiting';
    await woken;
    clearTimeout(timer);
    execution.resume = undefined;
    execution.status = 'running';
    return item;
  }

  private holds(node: WorkflowNode, item: Item, execution: Execution): boolean {
    const { conditions, combinator } = node.parameters.conditions as {
      conditions: { leftValue: unknown; rightValue: unknown; operator: { type: string; operation: string } }[];
      combinator: string;
    };
    assert.equal(combinator, 'and');
    return conditions.every(({ leftValue, rightValue, operator: { type, operation } }) => {
      const left = this.value(leftValue, item, execution);
      // As the strict validation of types does.
      assert.equal(typeof left, type, `${node.name}: ${String(leftValue)} is a ${type}`);
      if (`${type}:${operation}` === 'boolean:true') return left === true;
      assert.equal(`${type}:${operation}`, 'string:equals');
      return left === this.value(rightValue, item, execution);
    });
  }

  /** A parameter with its expressions worked out: what begins with "=" is a text with `{{ }}` in it, or one expression alone. */
  private value(parameter: unknown, item: Item, execution: Execution): unknown {
    if (Array.isArray(parameter)) return parameter.map((one) => this.value(one, item, execution));
    if (typeof parameter === 'object' && parameter !== null)
      return Object.fromEntries(Object.entries(parameter).map(([name, one]) => [name, this.value(one, item, execution)]));
    if (typeof parameter !== 'string' || !parameter.startsWith('=')) return parameter;
    const sandbox = {
      $json: item.json,
      $execution: { id: execution.id, resumeUrl: `http://${this.host}/webhook-waiting/${execution.id}` },
      $now: { toMillis: () => Date.now() },
      $: (name: string) => ({ first: () => execution.given.get(name) }),
    };
    const work = (code: string): unknown => runInNewContext(`(${code})`, sandbox);
    const text = parameter.slice(1);
    const [, alone] = /^\{\{((?:(?!\}\}).)*)\}\}$/s.exec(text) ?? [];
    if (alone !== undefined) return work(alone);
    return text.replace(/\{\{(.*?)\}\}/gs, (_, code: string) => String(work(code)));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    const path = request.url ?? '';
    const workflow = this.hooks.get(path);
    if (workflow) {
      // n8n parses `application/json` alone.
      const body = request.headers['content-type'] === 'application/json' ? (JSON.parse(raw.toString()) as unknown) : {};
      const json = { headers: request.headers, params: {}, query: {}, body };
      response.writeHead(200).end();
      await this.run(workflow, { json, binary: { data: { data: raw.toString('base64') } } });
      return;
    }
    const execution = this.executions.find(({ id }) => path === `/webhook-waiting/${id}`);
    if (!execution) response.writeHead(404).end();
    else if (execution.status !== 'waiting' || request.method !== 'POST') {
      this.conflicts++;
      response.writeHead(409).end();
    } else {
      response.writeHead(204).end();
      execution.resume?.();
    }
  }
}
