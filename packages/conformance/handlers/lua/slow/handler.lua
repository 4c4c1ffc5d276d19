local fastfn = require("fastfn")

return function(event)
  local mode = event.query.mode
  if mode == "sleep" then fastfn.sleep(60) end
  while mode == "busy" do end
  return "ok"
end
