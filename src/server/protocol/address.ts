import * as z from 'zod';

/** The address file `~/.tasktower/towers/<id>.json`, mode 0600: how clients find a tower. */
export const Address = z.object({
  id: z.string().describe('Names the storage folder; also the name of the file.'),
  folders: z.array(z.string()).describe('Workspace folders, absolute paths.'),
  url: z.string().describe('Such as `http://127.0.0.1:41234`.'),
  pid: z.int().describe('The process that listens.'),
  epoch: z.int().describe('Rises each time the storage folder gets another owner.'),
  protocol: z.int().describe('The protocol version it speaks.'),
  token: z.string().describe('The file token.'),
});
export type Address = z.infer<typeof Address>;
