import { execFile } from 'node:child_process';

/** What plays a short sound of the system, the first that is there; each is a program and its arguments. */
const PLAYERS: Readonly<Partial<Record<NodeJS.Platform, readonly (readonly [string, ...string[]])[]>>> = {
  darwin: [['afplay', '/System/Library/Sounds/Glass.aiff']],
  win32: [['powershell', '-NoProfile', '-NonInteractive', '-Command', '[System.Media.SystemSounds]::Asterisk.Play(); Start-Sleep 1']],
  linux: [
    ['canberra-gtk-play', '-i', 'message-new-instant'],
    ['paplay', '/usr/share/sounds/freedesktop/stereo/message-new-instant.oga'],
    ['pw-play', '/usr/share/sounds/freedesktop/stereo/message-new-instant.oga'],
  ],
};
/** A sound that takes longer is none, ms. */
const LONGEST = 5_000;

/** Plays a short sound on this machine. @returns false when no player of it works. */
export async function playSound(platform: NodeJS.Platform = process.platform, env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  for (const [program, ...args] of PLAYERS[platform] ?? []) {
    const played = await new Promise<boolean>((resolve) => {
      execFile(program, args, { env, timeout: LONGEST, windowsHide: true }, (error) => resolve(error === null));
    });
    if (played) return true;
  }
  return false;
}
