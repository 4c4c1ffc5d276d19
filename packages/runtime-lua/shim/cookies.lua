-- The `cookies` of an envelope as values of Set-Cookie. A text is taken as it is; a table needs `name` and `value`, and may
-- have `path domain max_age expires http_only secure same_site partitioned priority` (camelCase also).
local host, use = ...
local invalid, json = use("invalid"), use("json")

local find, format, gsub, lower, upper = string.find, string.format, string.gsub, string.lower, string.upper
local concat, tointeger = table.concat, math.tointeger
local tostring, type = tostring, type

local function field(entry, name, camel)
  local value = entry[name]
  if value == nil and camel then value = entry[camel] end
  if value == json.null then return nil end
  return value
end

local function encode(text)
  return (gsub(text, "[^%w%-_.!~*'()]", function(character) return format("%%%02X", character:byte()) end))
end

local function attribute(parts, label, value, index)
  if value == nil then return end
  local text = type(value) == "number" and json.number_text(value) or tostring(value)
  if find(text or "", "[;%c]") then invalid.raise("`cookies[%d]` is no cookie: %s has a forbidden character.", index, label) end
  parts[#parts + 1] = label .. "=" .. text
end

local function from_table(entry, index)
  local name, value = field(entry, "name"), field(entry, "value")
  if type(name) ~= "string" or not find(name, "^[!#$%%&'*+%-.^_`|~0-9A-Za-z]+$") then
    invalid.raise("`cookies[%d]` is no cookie: `name` must be a token of letters, digits and -_.", index)
  end
  local parts = { name .. "=" .. encode(value == nil and "" or type(value) == "number" and json.number_text(value) or tostring(value)) }
  local max_age = field(entry, "max_age", "maxAge")
  if max_age ~= nil then
    if not tointeger(max_age) then invalid.raise("`cookies[%d]` is no cookie: `max_age` must be an integer.", index) end
    attribute(parts, "Max-Age", max_age, index)
  end
  attribute(parts, "Domain", field(entry, "domain"), index)
  attribute(parts, "Path", field(entry, "path"), index)
  local expires = field(entry, "expires")
  if type(expires) == "number" then expires = host.http_date(expires) end
  attribute(parts, "Expires", expires, index)
  if field(entry, "http_only", "httpOnly") then parts[#parts + 1] = "HttpOnly" end
  if field(entry, "secure") then parts[#parts + 1] = "Secure" end
  if field(entry, "partitioned") then parts[#parts + 1] = "Partitioned" end
  local priority = field(entry, "priority")
  if priority then attribute(parts, "Priority", gsub(lower(tostring(priority)), "^%l", upper), index) end
  local same_site = field(entry, "same_site", "sameSite")
  if same_site == true then same_site = "strict" end
  if same_site then attribute(parts, "SameSite", gsub(lower(tostring(same_site)), "^%l", upper), index) end
  return concat(parts, "; ")
end

--- @return list of texts
local function read(cookies)
  if type(cookies) ~= "table" or not json.list_length(cookies) then
    if type(cookies) == "table" and next(cookies) == nil then return {} end
    cookies = { cookies }
  end
  local result = {}
  for index, entry in ipairs(cookies) do
    if type(entry) == "string" then
      result[index] = entry
    elseif type(entry) == "table" then
      result[index] = from_table(entry, index)
    else
      invalid.raise("`cookies[%d]` is %s; use a text or a table with `name` and `value`.", index, invalid.describe(entry))
    end
  end
  return result
end

return { read = read }
