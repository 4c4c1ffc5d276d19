export const handler = (): string => 'ok';
