/** Tells the thread where the packs of a function are, as a list like PATH. Handlers do not see it. */
export const PACKS_VARIABLE = 'FASTFN_LUA_PACKS';
