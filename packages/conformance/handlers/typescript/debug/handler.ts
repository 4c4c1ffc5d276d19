export const handler = (): string => {
  console.log('debug line');
  return 'ok';
};
