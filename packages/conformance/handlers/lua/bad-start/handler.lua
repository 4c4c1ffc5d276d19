local function setting()
  error("no-setting-4712") -- ERROR-LINE
end

local value = setting()

return function() return value end
