import * as z from 'zod';

/** What the settings need to know of a driver. Its work is `src/server/runner/drivers/<name>.ts`, which exports `run<Name>`. */
interface DriverFacts {
  /** For people, in the description of the setting. */
  what: string;
  /** Settings it cannot do without; of several in one entry, one is enough. */
  needs?: readonly (readonly ('url' | 'command' | 'tool')[])[];
  /** Where a service says how it is, as a path below its `url`. */
  health?: string;
  /** The service is asked at its `url` for no more than a sign of life. */
  answersAnything?: boolean;
  /** What it runs dials in by itself, and so gets the address and token of the tower. */
  dialsIn?: boolean;
  /** Hands on what a person says to a running attempt. */
  readsMessages?: boolean;
}

/** Every driver, by the name that settings give it. */
export const DRIVERS = {
  process: { what: 'a command for each task', dialsIn: true },
  acp: { what: 'an agent of the Agent Client Protocol', readsMessages: true },
  openai: { what: 'an OpenAI-compatible endpoint', needs: [['url']], answersAnything: true, readsMessages: true },
  kimiApi: { what: 'the Kimi API service', needs: [['url']], health: '/api/health' },
  toolhost: { what: 'a service with /tools and /tools/call', needs: [['url'], ['tool']], health: '/health' },
  mcp: { what: 'an MCP server, one tool call for each task', needs: [['command', 'url'], ['tool']] },
  http: { what: 'any address that takes a task as JSON and answers with its result, such as a webhook of n8n', needs: [['url']] },
  folderCheck: { what: 'comes along; checks the files of a folder' },
} as const satisfies Record<string, DriverFacts>;

/** How an agent is driven. */
export const DriverName = z.enum(Object.keys(DRIVERS) as (keyof typeof DRIVERS)[]);
export type DriverName = z.infer<typeof DriverName>;

/** What is known of a driver. */
export function factsOf(driver: DriverName): DriverFacts {
  return DRIVERS[driver];
}
