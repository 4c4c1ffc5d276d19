// @summary The bytes you send come back
export const handler = (event: { raw_body: Uint8Array }) => event.raw_body;
