-- What the value that a handler returned means. SPEC §8.
--
-- A reply is four values, which the host reads: an operation, then
--   DONE    status, headers, body
--   PROXY   directive as JSON, body
--   STREAM  status, headers (a list), source
local host, use = ...
local invalid, json = use("invalid"), use("json")
local headers_of, cookies_of, csv = use("headers"), use("cookies"), use("csv")

local concat, tointeger = table.concat, math.tointeger
local find, gsub, lower, sub = string.find, string.gsub, string.lower, string.sub
local next, pcall, tostring, type = next, pcall, tostring, type
local error, utf8_len = error, utf8.len

local DONE, PROXY, STREAM = 1, 3, 4

local JSON_TYPE = "application/json"
local TEXT_TYPE = "text/plain; charset=utf-8"
local HTML_TYPE = "text/html; charset=utf-8"
local BYTES_TYPE = "application/octet-stream"

-- Up to so many bytes Lua sees as quickly by itself whether a string is UTF-8 as the host would be called.
local SHORT_BYTES = 128

local function is_utf8(text)
  if #text <= SHORT_BYTES then return utf8_len(text) ~= nil end
  return host.is_utf8(text)
end

--- Text that begins like a page is one; a string that is no text is bytes.
local function string_type(value)
  if not is_utf8(value) then return BYTES_TYPE end
  if sub(value, 1, 1) == "<" then
    local start = lower(sub(value, 1, 14))
    if start == "<!doctype html" or sub(start, 1, 5) == "<html" then return HTML_TYPE end
  end
  return TEXT_TYPE
end

local function refuse(problem, place)
  if place == "" then invalid.raise("The handler returned %s, which is no response.", problem) end
  invalid.raise("The handler returned %s at `%s`, which JSON cannot hold.", problem, place)
end

local function to_json(value, place)
  local flat = json.encode_flat(value)
  if flat and is_utf8(flat) then return flat end
  local ok, text = pcall(json.encode, value)
  if not ok and type(text) ~= "table" then error(text, 0) end
  if ok and is_utf8(text) then return text end
  local problem, where = json.find_problem(value, place, {})
  refuse(problem or text.problem, where or place)
end

-- true: makes an envelope by itself; false: only with an integer.
local KEYS = {
  status = false,
  statusCode = false,
  headers = true,
  cookies = true,
  body = true,
  is_base64 = true,
  isBase64Encoded = true,
  body_base64 = true,
  proxy = true,
}

local function is_envelope(value)
  local enough = false
  for key, item in next, value do
    local sufficient = KEYS[key]
    if sufficient == nil then return false end
    if sufficient or (type(item) == "number" and tointeger(item)) then enough = true end
  end
  return enough
end

local function field(value, key)
  local item = value[key]
  if item == json.null then return nil end
  return item
end

local function read_status(envelope)
  local status = field(envelope, "status")
  if status == nil then status = field(envelope, "statusCode") end
  if status == nil then return 200 end
  local whole = type(status) == "number" and tointeger(status)
  if not whole or whole < 100 or whole > 599 then
    invalid.raise("`status` is %s; it must be an integer from 100 to 599.", invalid.describe(status))
  end
  return whole
end

local function decode_base64(value, key)
  if value == nil then return "" end
  if type(value) ~= "string" then
    invalid.raise("`%s` is %s; with base64 it must be a text.", key, invalid.describe(value))
  end
  return host.unbase64(value) or invalid.raise("`%s` is no valid base64.", key)
end

local function whole(status, headers, content_type, body)
  if not headers_of.value_of(headers, "content-type") then
    headers[#headers + 1] = "content-type"
    headers[#headers + 1] = content_type
  end
  return DONE, status, concat(headers, "\n"), body
end

local function body_reply(status, headers, body)
  local kind = type(body)
  if body == nil then return DONE, status, concat(headers, "\n"), "" end
  if kind == "string" then return whole(status, headers, string_type(body), body) end
  if kind == "number" then return whole(status, headers, TEXT_TYPE, json.number_text(body) or refuse(tostring(body), "body")) end
  if kind == "boolean" then return whole(status, headers, JSON_TYPE, tostring(body)) end
  if kind == "function" or kind == "thread" then return STREAM, status, headers, body end
  if kind ~= "table" then refuse("a " .. kind, "body") end
  local content_type = headers_of.value_of(headers, "content-type")
  if content_type and find(lower(content_type), "^text/csv") then
    local rows = json.list_length(body)
    if rows then return whole(status, headers, content_type, csv.encode(body, rows)) end
  end
  return whole(status, headers, JSON_TYPE, to_json(body, "body"))
end

local function read_proxy_body(proxy)
  local encoded = field(proxy, "body_base64")
  if encoded ~= nil then return decode_base64(encoded, "proxy.body_base64") end
  local body = field(proxy, "body")
  if body == nil then return nil end
  if field(proxy, "is_base64") then return decode_base64(body, "proxy.body") end
  if type(body) == "string" then return body end
  return to_json(body, "proxy.body")
end

local function proxy_reply(proxy)
  if type(proxy) ~= "table" then invalid.raise("`proxy` is %s; use a table with `url` or `path`.", invalid.describe(proxy)) end
  local directive = {}
  for _, key in next, { "url", "path", "method" } do
    local value = field(proxy, key)
    if value ~= nil and type(value) ~= "string" then
      invalid.raise("`proxy.%s` is %s; it must be a text.", key, invalid.describe(value))
    end
    directive[key] = value
  end
  for _, key in next, { "timeout_ms", "max_response_bytes" } do
    local value = field(proxy, key)
    if value ~= nil and (type(value) ~= "number" or not (value >= 0 and value < math.huge)) then
      invalid.raise("`proxy.%s` is %s; it must be a number, 0 or more.", key, invalid.describe(value))
    end
    directive[key] = value
  end
  local given = field(proxy, "headers")
  if given ~= nil then
    local list, headers = headers_of.read(given), {}
    for i = 1, #list, 2 do
      local before = headers[list[i]]
      if before == nil then headers[list[i]] = list[i + 1]
      elseif type(before) == "table" then before[#before + 1] = list[i + 1]
      else headers[list[i]] = { before, list[i + 1] } end
    end
    directive.headers = headers
  end
  return PROXY, to_json(directive, "proxy"), read_proxy_body(proxy)
end

local function envelope_reply(envelope)
  local proxy = field(envelope, "proxy")
  if proxy ~= nil then return proxy_reply(proxy) end
  local status = read_status(envelope)
  local headers = headers_of.read(field(envelope, "headers"))
  local cookies = field(envelope, "cookies")
  if cookies ~= nil then
    for _, cookie in next, cookies_of.read(cookies) do headers_of.add(headers, "set-cookie", cookie) end
  end
  local encoded = field(envelope, "body_base64")
  if encoded ~= nil then return whole(status, headers, BYTES_TYPE, decode_base64(encoded, "body_base64")) end
  if field(envelope, "is_base64") or field(envelope, "isBase64Encoded") then
    return whole(status, headers, BYTES_TYPE, decode_base64(field(envelope, "body"), "body"))
  end
  return body_reply(status, headers, field(envelope, "body"))
end

local JSON_HEADERS = "content-type\n" .. JSON_TYPE
local TEXT_HEADERS = "content-type\n" .. TEXT_TYPE

local function of(value)
  local kind = type(value)
  if kind == "table" then
    if is_envelope(value) then return envelope_reply(value) end
    return DONE, 200, JSON_HEADERS, to_json(value, "")
  elseif kind == "string" then
    return DONE, 200, "content-type\n" .. string_type(value), value
  elseif kind == "nil" or value == json.null then
    return DONE, 200, "", ""
  elseif kind == "number" then
    return DONE, 200, TEXT_HEADERS, json.number_text(value) or refuse(tostring(value), "")
  elseif kind == "boolean" then
    return DONE, 200, JSON_HEADERS, tostring(value)
  elseif kind == "function" or kind == "thread" then
    return STREAM, 200, {}, value
  end
  refuse("a " .. kind, "")
end

return { of = of, string_type = string_type }
