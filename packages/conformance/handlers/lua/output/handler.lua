local fastfn = require("fastfn")

return function(event)
  local tag = event.query.tag
  print("out-" .. tag)
  io.stderr:write("err-", tag, "\n")
  fastfn.sleep(0.05)
  io.write("end-", tag, "\n")
  return "ok"
end
