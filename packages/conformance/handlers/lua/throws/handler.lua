return function()
  print("throws-ran")
  error("boom-4711") -- ERROR-LINE
end
