import { UsageError } from '@fastfn/core';
import { findRunningServer } from '@fastfn/server';

/**
 * Asks the admin API of the server that runs for a root.
 * @throws UsageError when none answers, or with what it says against the request.
 */
export async function adminRequest(
  server: Parameters<typeof findRunningServer>[0],
  path: string,
  init: RequestInit = {},
): Promise<Response> {
  const { url, token } = findRunningServer(server);
  const headers = { ...(init.headers as Record<string, string>), ...(token !== null && { 'x-fn-admin-token': token }) };
  let response: Response;
  try {
    response = await fetch(`${url}${path}`, { ...init, headers });
  } catch (cause) {
    const hint = 'Start a server with "fastfn dev", or say with FN_HOST_PORT where it listens.';
    throw new UsageError('server_not_found', `No server answers at ${url}.`, hint, { cause });
  }
  if (response.ok) return response;
  const text = await response.text();
  throw new UsageError('refused', `${url}: ${response.status} ${messageOf(text)}`);
}

function messageOf(text: string): string {
  try {
    return JSON.parse(text).error ?? text;
  } catch {
    return text.slice(0, 200);
  }
}
