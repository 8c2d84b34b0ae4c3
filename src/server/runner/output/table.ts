import type { OutputFormat } from '../../domain/agent';
import { ClaudeReader } from './claude';
import { ClawsReader } from './claws';
import { CodexReader } from './codex';
import { KimiReader } from './kimi';
import { OpenclawReader } from './openclaw';
import { PlainReader } from './plain';
import type { OutputReader } from './reader';

/** A reader for each format of output, by its name in the settings. */
export const readers: Readonly<Record<OutputFormat, () => OutputReader>> = {
  plain: () => new PlainReader(),
  kimi: () => new KimiReader(),
  claude: () => new ClaudeReader(),
  codex: () => new CodexReader(),
  openclaw: () => new OpenclawReader(),
  claws: () => new ClawsReader(),
};
