/** A subject or scenario that cannot run here; the report names it with this reason instead of figures. */
export class Unavailable extends Error {}
