return function() return "ok" end
