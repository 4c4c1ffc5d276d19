/** The text of each file below `vectors/`. */
export function vectorFiles(): { 'messages.json': string; 'invalid.json': string };
