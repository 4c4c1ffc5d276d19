export const handler = (event) => event.secrets;
