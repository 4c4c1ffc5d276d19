return function()
  print("debug line")
  return "ok"
end
