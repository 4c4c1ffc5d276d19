return function(event)
  return {
    proxy = {
      url = event.query.url,
      path = event.query.path,
      method = event.method,
      headers = { ["x-sent"] = "by the handler" },
      body = event.body,
    },
  }
end
