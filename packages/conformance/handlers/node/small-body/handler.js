export const handler = (event) => ({ size: event.raw_body.length });
