return function(event, params)
  return { id = params.id, part = params.part, all = event.params }
end
