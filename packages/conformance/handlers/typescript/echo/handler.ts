export const handler = (event: object): object => event;
