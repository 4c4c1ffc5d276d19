// A stream of the service behind.
async function* ticks() {
  for (const tick of [1, 2]) yield `data: ${JSON.stringify({ tick })}\n\n`;
}

export const handler = () => ({ headers: { 'Content-Type': 'text/event-stream' }, body: ticks() });
