export const handler = (event) => ({ function_name: event.context.function_name, id: event.params.id });
