import { findProgram } from '../server/base/findProgram';
import { AGENT_PROGRAMS, foundPresets, programOf, type Preset } from '../server/domain/presets';

/** An agent whose program is on the PATH of this machine. */
export interface FoundAgent {
  preset: Preset;
  /** Where the program is. */
  path: string;
}

/** Looks which agents are installed; runs none of them. */
export async function installedAgents(): Promise<FoundAgent[]> {
  const paths = new Map<string, string>();
  await Promise.all(
    AGENT_PROGRAMS.map(async (program) => {
      const path = await findProgram(program);
      if (path !== undefined) paths.set(program, path);
    }),
  );
  return foundPresets(new Set(paths.keys())).map((preset) => ({ preset, path: paths.get(programOf(preset)) ?? '' }));
}
