export const handler = (event: { query: { mode: string } }) => {
  if (event.query.mode === 'exit') process.exit(3);
  return { pid: process.pid };
};
