export const handler = () => 'neighbour';
