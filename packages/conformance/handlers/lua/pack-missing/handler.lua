return function()
  return "never"
end
