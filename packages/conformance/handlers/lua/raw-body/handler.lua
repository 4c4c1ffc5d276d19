return function(event)
  return { headers = { ["content-type"] = event.headers["content-type"] }, body = event.raw_body }
end
