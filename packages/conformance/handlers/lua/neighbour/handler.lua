return function() return "neighbour" end
