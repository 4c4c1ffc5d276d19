interface Event {
  context: { function_name: string };
  params: { id: string };
}

export const handler = (event: Event) => ({ function_name: event.context.function_name, id: event.params.id });
