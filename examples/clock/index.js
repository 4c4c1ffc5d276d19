// @summary Server-sent events: one tick after another
// @query {"count": "3", "every_ms": "200"}
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function* ticks(count, pause) {
  for (let tick = 1; tick <= count; tick++) {
    if (tick > 1) await sleep(pause);
    yield `data: ${JSON.stringify({ tick })}\n\n`;
  }
}

export const handler = ({ query }) => ({
  status: 200,
  headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' },
  body: ticks(Math.min(Number(query.count ?? 10), 1000), Math.max(Number(query.every_ms ?? 1000), 10)),
});
