interface Params {
  id: string;
  part: string;
}

export const handler = (event: { params: Params }, { id, part }: Params) => ({ id, part, all: event.params });
