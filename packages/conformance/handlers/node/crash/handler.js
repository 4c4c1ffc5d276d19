export const handler = (event) => {
  if (event.query.mode === 'exit') process.exit(3);
  return { pid: process.pid };
};
