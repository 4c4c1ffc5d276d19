export const handler = () => {
  console.log('debug line');
  return 'ok';
};
