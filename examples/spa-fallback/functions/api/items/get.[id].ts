const names: Record<string, string> = { 1: 'tea', 2: 'cake' };

export const handler = (_event: unknown, { id }: { id: string }) =>
  names[id] ? { id, name: names[id] } : { status: 404, body: { error: `There is no item ${id}.` } };
