import { config } from 'zod';

// A webview forbids eval, which zod would otherwise try when the first schema is made. Import this before anything with a schema.
config({ jitless: true });
