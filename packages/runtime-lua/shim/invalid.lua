-- The error of a handler that returned something that is no response. SPEC §8.
local INVALID = { __tostring = function(err) return err.message end }

local error, getmetatable, setmetatable, type, format = error, getmetatable, setmetatable, type, string.format

local host, use = ...
local json = use("json")

local function raise(message, ...) error(setmetatable({ message = format(message, ...) }, INVALID), 0) end

local function is(err) return getmetatable(err) == INVALID end

--- What a value is, for people.
local function describe(value)
  local kind = type(value)
  if value == json.null then return "null" end
  if kind == "string" then
    local shown = #value > 40 and value:sub(1, 40) .. "…" or value
    return host.is_utf8(shown) and "the text " .. json.encode(shown) or "a text that is no UTF-8"
  elseif kind == "number" then
    return "the number " .. (json.number_text(value) or tostring(value))
  elseif kind == "boolean" then
    return tostring(value)
  elseif kind == "nil" then
    return "nil"
  end
  return "a " .. kind
end

return { raise = raise, is = is, describe = describe }
