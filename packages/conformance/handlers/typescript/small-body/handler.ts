export const handler = (event: { raw_body: Buffer }) => ({ size: event.raw_body.length });
