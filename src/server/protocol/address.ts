import { z } from 'zod';

/** The address file `~/.tasktower/towers/<id>.json`, mode 0600: how clients find a tower. */
export const Address = z.object({
  id: z.string(),
  /** Workspace folders, absolute paths. */
  folders: z.array(z.string()),
  url: z.string(),
  pid: z.int(),
  epoch: z.int(),
  protocol: z.int(),
  /** Registers agents, creates and claims tasks, reports on its own. */
  token: z.string(),
});
export type Address = z.infer<typeof Address>;
