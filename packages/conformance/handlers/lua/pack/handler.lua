local tiny = require("tiny")

return function()
  return { pack = tiny.name }
end
