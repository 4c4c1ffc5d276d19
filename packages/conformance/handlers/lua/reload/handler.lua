local helper = require("_helper")

-- BREAK-HERE
return function() return { handler = "HANDLER-ONE", helper = helper } end
