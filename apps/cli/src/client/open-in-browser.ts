import { spawn } from 'node:child_process';

/** Asks the desktop to show a URL. Where there is none nothing happens: the URL is on the terminal already. */
export function openInBrowser(url: string): void {
  const [command, ...args] = process.platform === 'darwin' ? ['open', url] : ['xdg-open', url];
  const child = spawn(command!, args, { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
