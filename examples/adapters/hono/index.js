import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { HTTPException } from 'hono/http-exception';
import { stream } from 'hono/streaming';

const app = new Hono().basePath('/books');
const books = new Map([['1', { id: '1', title: 'Dune' }]]);

app.use(cors({ origin: 'https://shop.example' }));
app.get('/', (c) => c.json([...books.values()]));
app.get('/:id', (c) => {
  const book = books.get(c.req.param('id'));
  if (!book) throw new HTTPException(404, { message: 'no such book' });
  return c.json(book);
});
app.post('/', async (c) => {
  const { title } = await c.req.json();
  const book = { id: String(books.size + 1), title };
  books.set(book.id, book);
  return c.json(book, 201);
});
app.get('/:id/text', (c) =>
  stream(c, async (out) => {
    for (const word of ['once', 'upon', 'a', 'time']) await out.write(`${word}\n`);
  }),
);

export default app;
