-- JSON text from Lua values and back, with the conventions of lua-cjson: `null` stands for null, an empty table is {}
-- unless marked as array, a table with the keys 1..n is a list.
local host = ...

local getmetatable, next, pairs, rawget, setmetatable = getmetatable, next, pairs, rawget, setmetatable
local error, tonumber, tostring, type = error, tonumber, tostring, type
local byte, char, find, format, gsub, match, sub =
  string.byte, string.char, string.find, string.format, string.gsub, string.match, string.sub
local concat, huge, math_type, tointeger, utf8_char = table.concat, math.huge, math.type, math.tointeger, utf8.char

local MAX_DEPTH = 1000

local null = host.null

-- Metatables that mark. `empty_array_mt` has a say about empty tables only.
local array_mt = {}
local empty_array_mt = {}
local empty_array = setmetatable({}, array_mt)

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ["\127"] = "\127" }
for code = 0, 31 do
  local control = char(code)
  ESCAPES[control] = ESCAPES[control] or format("\\u%04x", code)
end

local function quote(text)
  if find(text, '[%c"\\]') then text = gsub(text, '[%c"\\]', ESCAPES) end
  return '"' .. text .. '"'
end

-- Names of objects as they are written, `"name":`; handlers use few, again and again.
local MAX_KNOWN_NAMES, MAX_KNOWN_NAME_BYTES = 500, 40
local known_names, known_name_count = {}, 0

local function name_text(key)
  local text = quote(key) .. ":"
  if #key <= MAX_KNOWN_NAME_BYTES and known_name_count < MAX_KNOWN_NAMES then
    known_names[key] = text
    known_name_count = known_name_count + 1
  end
  return text
end

--- The shortest text that reads back as the same number; integral floats without a fraction. Nil for NaN and infinities.
local function number_text(value)
  if math_type(value) == "integer" then return format("%d", value) end
  if value ~= value or value == huge or value == -huge then return nil end
  local whole = tointeger(value)
  if whole and whole > -1e15 and whole < 1e15 then return format("%d", whole) end
  local text = format("%.15g", value)
  if tonumber(text) ~= value then
    text = format("%.16g", value)
    if tonumber(text) ~= value then text = format("%.17g", value) end
  end
  return text
end

--- How many items a table has as a list; nil when it is an object.
local function list_length(value)
  local first = next(value)
  local mt = getmetatable(value)
  if first == nil then
    if mt == array_mt or mt == empty_array_mt then return 0 end
    return nil
  end
  if mt == array_mt then return #value end
  if type(first) ~= "number" then return nil end
  local count, highest = 0, 0
  for key in next, value do
    if math_type(key) ~= "integer" or key < 1 then return nil end
    count = count + 1
    if key > highest then highest = key end
  end
  -- A list with a few holes is a list with nulls; one of mostly holes is an object with numbers for names.
  if highest == count or highest <= 10 or highest <= 2 * count then return highest end
  return nil
end

local encode_value

local function encode_list(value, length, out, at, depth)
  at = at + 1
  out[at] = "["
  for i = 1, length do
    if i > 1 then
      at = at + 1
      out[at] = ","
    end
    local item = rawget(value, i)
    if item == nil then
      at = at + 1
      out[at] = "null"
    else
      at = encode_value(item, out, at, depth)
    end
  end
  out[at + 1] = "]"
  return at + 1
end

local function encode_object(value, out, at, depth)
  local mt = getmetatable(value)
  -- Tables that are filled on demand fill themselves, and name the keys that are null when missing.
  local complete = mt and rawget(mt, "__complete")
  local nulls = complete and complete(value)
  local opened = "{"
  for key, item in next, value do
    local name = known_names[key]
    if not name then
      local kind = type(key)
      if kind == "string" then
        name = name_text(key)
      elseif kind == "number" then
        name = '"' .. (number_text(key) or tostring(key)) .. '":'
      else
        error({ problem = "a table key of type " .. kind })
      end
    end
    out[at + 1] = opened
    out[at + 2] = name
    at = encode_value(item, out, at + 2, depth)
    opened = ","
  end
  if nulls then
    for _, key in next, nulls do
      if rawget(value, key) == nil then
        at = at + 1
        out[at] = opened .. '"' .. key .. '":null'
        opened = ","
      end
    end
  end
  out[at + 1] = opened == "{" and "{}" or "}"
  return at + 1
end

function encode_value(value, out, at, depth)
  local kind = type(value)
  if kind == "string" then
    out[at + 1] = quote(value)
  elseif kind == "number" then
    local text = number_text(value)
    if not text then error({ problem = tostring(value) }) end
    out[at + 1] = text
  elseif kind == "boolean" then
    out[at + 1] = value and "true" or "false"
  elseif kind == "table" then
    if depth >= MAX_DEPTH then error({ problem = "a circular or very deep structure" }) end
    local length = list_length(value)
    if length then return encode_list(value, length, out, at, depth + 1) end
    return encode_object(value, out, at, depth + 1)
  elseif value == null or kind == "nil" then
    out[at + 1] = "null"
  else
    error({ problem = "a " .. kind })
  end
  return at + 1
end

-- Bounds of what `encode_flat` takes: each item copies the text before it.
local FLAT_ITEMS, FLAT_TEXT_BYTES = 6, 200

--- The text of a small object of texts, integers and booleans, in one pass, and without an error to be caught; nil for anything
--- else, which `encode` is for.
local function encode_flat(value)
  if type(value) ~= "table" or getmetatable(value) then return nil end
  local text = "{"
  local count = 0
  for key, item in next, value do
    local name = known_names[key]
    if not name then
      if type(key) ~= "string" then return nil end
      name = name_text(key)
    end
    count = count + 1
    if count > 1 then
      if count > FLAT_ITEMS then return nil end
      name = "," .. name
    end
    local kind = type(item)
    if kind == "string" then
      if #item > FLAT_TEXT_BYTES then return nil end
      if find(item, '[%c"\\]') then item = gsub(item, '[%c"\\]', ESCAPES) end
      text = text .. name .. '"' .. item .. '"'
    elseif math_type(item) == "integer" then
      text = text .. name .. item
    elseif kind == "boolean" then
      text = text .. name .. (item and "true" or "false")
    else
      return nil
    end
  end
  return text .. "}"
end

--- @raise a table whose `problem` says what JSON cannot hold
local function encode(value)
  -- With room for a small value: a table that grows item by item is allocated again and again.
  local out = { nil, nil, nil, nil, nil, nil, nil, nil }
  return concat(out, "", 1, encode_value(value, out, 0, 0))
end

local function unexpected(text, at, wanted)
  local found = at > #text and "the end" or format("%q", sub(text, at, at + 9))
  error(format("Expected %s but found %s at character %d", wanted, found, at), 0)
end

local UNESCAPES = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }

local function decode_escape(text, at, out)
  local letter = sub(text, at, at)
  local plain = UNESCAPES[letter]
  if plain then
    out[#out + 1] = plain
    return at + 1
  end
  local hex = letter == "u" and match(text, "^%x%x%x%x", at + 1)
  if not hex then unexpected(text, at - 1, "a valid escape") end
  local code = tonumber(hex, 16)
  at = at + 5
  if code >= 0xD800 and code <= 0xDBFF then
    local low = match(text, "^\\u([dD][c-fC-F]%x%x)", at)
    if low then
      code = 0x10000 + (code - 0xD800) * 0x400 + tonumber(low, 16) - 0xDC00
      at = at + 6
    end
  end
  if code >= 0xD800 and code <= 0xDFFF then code = 0xFFFD end
  out[#out + 1] = utf8_char(code)
  return at
end

local function decode_string(text, at)
  local stop = find(text, '["\\%c]', at + 1)
  if stop and byte(text, stop) == 34 then return sub(text, at + 1, stop - 1), stop + 1 end
  local out, from = {}, at + 1
  while true do
    stop = find(text, '["\\\1-\31\0]', from)
    if not stop then unexpected(text, #text + 1, "the end of a string") end
    out[#out + 1] = sub(text, from, stop - 1)
    local code = byte(text, stop)
    if code == 34 then return concat(out), stop + 1 end
    if code ~= 92 then unexpected(text, stop, "no control character") end
    from = decode_escape(text, stop + 1, out)
  end
end

local function decode_number(text, at)
  local digits = match(text, "^-?%d+", at)
  if not digits or find(digits, "^-?0%d") then unexpected(text, at, "a value") end
  local stop = at + #digits
  local fraction = match(text, "^%.%d+", stop)
  if fraction then stop = stop + #fraction end
  local exponent = match(text, "^[eE][+-]?%d+", stop)
  if exponent then stop = stop + #exponent end
  return tonumber(sub(text, at, stop - 1)), stop
end

local decode_value

local function skip(text, at) return find(text, "[^ \n\r\t]", at) or #text + 1 end

local function decode_list(text, at, depth, mark)
  local list, n = {}, 0
  at = skip(text, at + 1)
  if byte(text, at) == 93 then return setmetatable(list, empty_array_mt), at + 1 end
  if mark then setmetatable(list, array_mt) end
  while true do
    n = n + 1
    list[n], at = decode_value(text, at, depth, mark)
    at = skip(text, at)
    local code = byte(text, at)
    if code == 93 then return list, at + 1 end
    if code ~= 44 then unexpected(text, at, "a comma or ]") end
    at = skip(text, at + 1)
  end
end

local function decode_object(text, at, depth, mark)
  local object = {}
  at = skip(text, at + 1)
  if byte(text, at) == 125 then return object, at + 1 end
  while true do
    if byte(text, at) ~= 34 then unexpected(text, at, "a name in quotes") end
    local key
    key, at = decode_string(text, at)
    at = skip(text, at)
    if byte(text, at) ~= 58 then unexpected(text, at, "a colon") end
    object[key], at = decode_value(text, skip(text, at + 1), depth, mark)
    at = skip(text, at)
    local code = byte(text, at)
    if code == 125 then return object, at + 1 end
    if code ~= 44 then unexpected(text, at, "a comma or }") end
    at = skip(text, at + 1)
  end
end

function decode_value(text, at, depth, mark)
  local code = byte(text, at)
  if code == 34 then return decode_string(text, at) end
  if code == 123 or code == 91 then
    if depth >= MAX_DEPTH then error("Found too many nested data structures (" .. MAX_DEPTH .. ")", 0) end
    if code == 123 then return decode_object(text, at, depth + 1, mark) end
    return decode_list(text, at, depth + 1, mark)
  end
  if code == 116 and sub(text, at, at + 3) == "true" then return true, at + 4 end
  if code == 102 and sub(text, at, at + 4) == "false" then return false, at + 5 end
  if code == 110 and sub(text, at, at + 3) == "null" then return null, at + 4 end
  return decode_number(text, at)
end

--- @param mark give lists `array_mt`
--- @raise text
local function decode(text, mark)
  local value, at = decode_value(text, skip(text, 1), 0, mark)
  at = skip(text, at)
  if at <= #text then unexpected(text, at, "the end") end
  return value
end

--- Where in a value that does not encode the trouble lies, as `a.b[1]`, and what it is; nil when nothing is found.
local function find_problem(value, place, above)
  local kind = type(value)
  if kind == "number" then
    return not number_text(value) and tostring(value) or nil, place
  elseif kind == "string" then
    return not host.is_utf8(value) and "a text that is no UTF-8" or nil, place
  elseif kind == "table" then
    if above[value] then return "a circular reference", place end
    above[value] = true
    for key, item in next, value do
      local inner = type(key) == "number" and place .. "[" .. (number_text(key) or tostring(key)) .. "]"
        or (place == "" and tostring(key) or place .. "." .. tostring(key))
      if type(key) ~= "string" and type(key) ~= "number" then return "a table key of type " .. type(key), place end
      local problem, where = find_problem(item, inner, above)
      if problem then return problem, where end
    end
    above[value] = nil
    return nil
  elseif kind == "boolean" or kind == "nil" or value == null then
    return nil
  end
  return "a " .. kind, place
end

return {
  null = null,
  array_mt = array_mt,
  empty_array_mt = empty_array_mt,
  empty_array = empty_array,
  encode = encode,
  encode_flat = encode_flat,
  decode = decode,
  number_text = number_text,
  list_length = list_length,
  find_problem = find_problem,
}
