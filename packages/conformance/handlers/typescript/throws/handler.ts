export const handler = (): never => {
  console.log('throws-ran');
  throw new Error('boom-4711'); // ERROR-LINE
};
