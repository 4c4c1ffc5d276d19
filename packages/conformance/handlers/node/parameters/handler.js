export const handler = (event, { id, part }) => ({ id, part, all: event.params });
