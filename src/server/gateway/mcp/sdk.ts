/** What `server.ts` needs of the MCP SDK, as a bundle of its own: `dist/mcpSdk.js`. */
export { toNodeHandler } from '@modelcontextprotocol/node';
export { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
