-- Stands before public/report.html: functions go first here.
return function(event)
  if event.headers["x-member"] ~= "yes" then
    return { status = 403, headers = { ["Content-Type"] = "text/plain" }, body = "Members only.\n" }
  end
  return { headers = { ["Content-Type"] = "text/html; charset=utf-8" }, body = "<!doctype html><h1>Welcome</h1>\n" }
end
