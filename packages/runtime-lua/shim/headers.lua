-- The headers of an answer: `name\nvalue\nname\nvalue`, as the host reads them.
local host, use = ...
local invalid, json = use("invalid"), use("json")

local find, lower, format = string.find, string.lower, string.format
local next, tostring, type = next, tostring, type

-- RFC 9110 token.
local NAME = "^[!#$%%&'*+%-.^_`|~0-9A-Za-z]+$"

local function warn(text, ...) host.output(2, format("fastfn: " .. text .. "\n", ...)) end

--- Adds one header. A bad name or value is left out with a log line: often it is a user's input, and must not turn an
--- answer into an error. SPEC §16.
local function add(list, name, value)
  if value == nil or value == json.null then return end
  local kind = type(value)
  local text
  if kind == "string" then
    text = value
  elseif kind == "number" then
    text = json.number_text(value) or tostring(value)
  elseif kind == "boolean" then
    text = tostring(value)
  else
    invalid.raise("Header `%s` is %s; use a text, a number or a list of them.", tostring(name), invalid.describe(value))
  end
  if type(name) ~= "string" or not find(name, NAME) then
    warn("header %s was left out: its name is not valid in HTTP", json.encode(tostring(name)))
  elseif find(text, "[\r\n\0]") then
    warn("header %s was left out: its value has a line break or NUL", json.encode(name))
  else
    list[#list + 1] = name
    list[#list + 1] = text
  end
end

local function add_all(list, name, value)
  if type(value) ~= "table" then return add(list, name, value) end
  local length = json.list_length(value)
  if not length then
    if next(value) ~= nil then add(list, name, value) end
    return
  end
  for i = 1, length do add(list, name, value[i]) end
end

--- @param headers a table of names and values, or a list of {name, value}
local function read(headers)
  local list = {}
  if headers == nil or headers == json.null then return list end
  if type(headers) ~= "table" then
    invalid.raise("`headers` is %s; use a table of names and values.", invalid.describe(headers))
  end
  if json.list_length(headers) then
    for _, pair in next, headers do
      if type(pair) ~= "table" or type(pair[1]) ~= "string" then
        invalid.raise("`headers` is a list, but not of {name, value}; use a table of names and values.")
      end
      add_all(list, pair[1], pair[2])
    end
  else
    for name, value in next, headers do add_all(list, name, value) end
  end
  return list
end

--- The value of the first header of that name (lower case), or nil.
local function value_of(list, name)
  for i = 1, #list, 2 do
    if lower(list[i]) == name then return list[i + 1] end
  end
end

return { add = add, read = read, value_of = value_of }
