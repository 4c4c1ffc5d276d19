export const handler = (event) => ({ received: event.json() });
