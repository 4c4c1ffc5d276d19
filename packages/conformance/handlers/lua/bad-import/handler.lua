local missing = require("_missing")

return function() return missing.value end
