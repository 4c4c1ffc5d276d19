-- The module `cjson`, as handlers know it from OpenResty, and `cjson.safe`.
local host, use = ...
local json = use("json")

local assert, error, pcall, tostring, type = assert, error, pcall, tostring, type

local function new()
  local mark_arrays = false
  local cjson = {
    _NAME = "cjson",
    _VERSION = "2.1.0.fastfn",
    null = json.null,
    array_mt = json.array_mt,
    empty_array_mt = json.empty_array_mt,
    empty_array = json.empty_array,
    new = new,
  }

  function cjson.encode(value)
    local ok, text = pcall(json.encode, value)
    if ok then return text end
    error(type(text) == "table" and "Cannot serialise " .. text.problem or text, 2)
  end

  function cjson.decode(text)
    if type(text) ~= "string" then error("cjson.decode: expected a string, got " .. type(text), 2) end
    local ok, value = pcall(json.decode, text, mark_arrays)
    if ok then return value end
    error(tostring(value), 2)
  end

  --- Whether lists that are read carry `array_mt`. Empty ones stay lists either way.
  function cjson.decode_array_with_array_mt(on)
    if on ~= nil then mark_arrays = on and true or false end
    return mark_arrays
  end

  return cjson
end

local function safe(cjson)
  local result = {}
  for key, value in next, cjson do result[key] = value end
  local function guard(fn)
    return function(...)
      local ok, value = pcall(fn, ...)
      if ok then return value end
      return nil, value
    end
  end
  result.encode = guard(cjson.encode)
  result.decode = guard(cjson.decode)
  result.new = function() return safe(new()) end
  return result
end

local cjson = new()
return { cjson = cjson, safe = safe(cjson) }
