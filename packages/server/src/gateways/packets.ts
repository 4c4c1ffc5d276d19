/**
 * What the primary and its gateways say to each other beside the pool's packets (1 to 59). `bin` fields are values by
 * `v8.serialize`: both ends are of one version.
 */

/** From the primary. */
export const Init = 60; //      bin GatewaySetup
export const Snapshot = 61; //  version, manifest bin or nil when it is the same as before
export const Restart = 62; //   keys of functions whose code or secrets changed
export const Report = 63; //    number, everything: say what you know; else only what is counted
export const Stop = 64; //      drainMs: finish what runs, and end
export const JobMade = 65; //   number, job bin or nil, error or nil

/** From a gateway. */
export const Ready = 80; //     takes connections
export const Applied = 81; //   version of the snapshot that new requests get
export const Reported = 82; //  number, bin GatewayReport
export const Log = 83; //       level, message, fields (JSON) or nil
export const Output = 84; //    source, text
export const Taken = 85; //     number of a connection: it is the gateway's own
export const Leaving = 86; //   it was told to end (SIGTERM): no more connections
export const Failed = 87; //    message: it could not start
export const MakeJob = 88; //   number, bin NewJob
