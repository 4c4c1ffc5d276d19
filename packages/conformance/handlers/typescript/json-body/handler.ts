export const handler = (event: { json(): unknown }) => ({ received: event.json() });
