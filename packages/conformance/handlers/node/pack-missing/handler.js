export const handler = () => 'never';
