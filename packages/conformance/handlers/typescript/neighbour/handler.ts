export const handler = (): string => 'neighbour';
