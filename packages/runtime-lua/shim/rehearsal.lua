-- A handler that nobody calls but a thread that waits for its function: so that the first real call finds everything warm.
return function(event, params)
  local name = event.query.name
  if params.fail then error("rehearsed") end
  return { status = 200, headers = { ["x-rehearsal"] = "yes" }, body = { hello = name, event = event } }
end
