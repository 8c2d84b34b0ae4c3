import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A workflow as n8n exports and imports it. */
export interface Workflow {
  name: string;
  nodes: WorkflowNode[];
  connections: Record<string, { main: { node: string; type: string; index: number }[][] }>;
  settings: { executionOrder: string };
}

/** A node of a workflow. */
export interface WorkflowNode {
  id: string;
  name: string;
  type: string;
  typeVersion: number;
  position: [number, number];
  parameters: Record<string, unknown>;
  webhookId?: string;
  retryOnFail?: boolean;
  maxTries?: number;
  credentials?: unknown;
}

/** Reads a workflow of `examples/n8n`. */
export function readWorkflow(file: string): Workflow {
  return JSON.parse(readFileSync(join('examples', 'n8n', file), 'utf8')) as Workflow;
}
