return function(event)
  return event.secrets
end
