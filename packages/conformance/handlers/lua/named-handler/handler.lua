local M = {}

function M.handler() return "wrong" end

function M.greet() return "greet" end

return M
