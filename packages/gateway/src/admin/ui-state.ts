import type { Exchange } from '../exchange.js';
import { answerJson } from '../respond/answer.js';
import type { Endpoint } from './endpoint.js';
import { invalidFields } from './fields.js';
import { loggedIn } from './guard/caller.js';
import { readJson } from './request-body.js';
import type { ToggleValues } from './toggles.js';

const MAX_BODY = 131_072;

const TOGGLES: Readonly<Record<string, keyof ToggleValues>> = {
  ui_enabled: 'uiEnabled',
  api_enabled: 'apiEnabled',
  write_enabled: 'writeEnabled',
  local_only: 'localOnly',
};

/** The switches in force. PUT changes them until the server stops, DELETE sets them back. SPEC §16. */
export const uiState: Endpoint = {
  methods: ['GET', 'PUT', 'DELETE'],
  access: 'toggle',
  writes: ['PUT', 'DELETE'],
  async serve(exchange) {
    const { toggles } = exchange.context.admin;
    if (exchange.method === 'PUT') toggles.set(readToggles(await readJson(exchange, MAX_BODY)));
    if (exchange.method === 'DELETE') toggles.reset();
    answerJson(exchange, 200, describe(exchange));
  },
};

function readToggles(body: Readonly<Record<string, unknown>>): Partial<ToggleValues> {
  const problems = Object.entries(body).flatMap(([key, value]) => {
    if (!Object.hasOwn(TOGGLES, key)) return [{ key, message: `"${key}" is no switch.` }];
    return typeof value === 'boolean' ? [] : [{ key, message: `"${key}" must be true or false.` }];
  });
  if (problems.length > 0) throw invalidFields(problems);
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [TOGGLES[key]!, value as boolean]));
}

function describe(exchange: Exchange): object {
  const { toggles, settings } = exchange.context.admin;
  return {
    ui_enabled: toggles.uiEnabled,
    api_enabled: toggles.apiEnabled,
    write_enabled: toggles.writeEnabled,
    local_only: toggles.localOnly,
    login_enabled: settings.console.login !== null,
    current_user: loggedIn(exchange),
  };
}
