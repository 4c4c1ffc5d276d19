return function(event)
  return { function_name = event.context.function_name, id = event.params.id }
end
