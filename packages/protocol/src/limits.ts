export const PROTOCOL_VERSION = 1;

/** Largest payload of a frame, bytes, unless `FN_MAX_FRAME_BYTES` says otherwise. */
export const DEFAULT_MAX_FRAME_BYTES = 16_777_216;

/** Part of the frame limit kept free for everything but the body: a body up to `limit - headroom` fits one frame. */
export const FRAME_HEADROOM_BYTES = 65_536;

/** CHUNK bytes of one call that may be unacknowledged by CREDIT. */
export const CREDIT_WINDOW_BYTES = 262_144;

/** Arrays and maps inside each other, the message itself included. Deeper frames are refused. */
export const MAX_NESTING = 100;

/** How long each side waits for the other's HELLO. */
export const HANDSHAKE_TIMEOUT_MS = 5000;

/** Most text in one OUTPUT or LOG frame, bytes of UTF-8. */
export const MAX_OUTPUT_FRAME_BYTES = 8192;
