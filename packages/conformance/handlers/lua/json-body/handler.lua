return function(event)
  return { received = event.json() }
end
