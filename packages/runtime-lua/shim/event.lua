-- The event of SPEC §6: a table that has what every handler asks for, and fills in the rest when it is asked for.
-- As JSON, and in `pairs`, it is complete.
local host, use = ...
local json = use("json")

local getmetatable, next, rawget, rawset, setmetatable, type = getmetatable, next, rawget, rawset, setmetatable, type
local find, sub, unpack = string.find, string.sub, string.unpack
local error, pcall, tostring = error, pcall, tostring

-- What all events of this worker share; handlers get copies, because an event is theirs to change.
local base = { env = {}, secrets = {}, context = {}, version = "default" }

local function copy(value)
  if type(value) ~= "table" then return value end
  local result = {}
  for key, item in next, value do result[key] = copy(item) end
  return setmetatable(result, getmetatable(value))
end

-- A value that came as JSON, its null as nil.
local function decoded(text)
  if text == "" then return nil end
  return json.decode(text, true)
end

--- Marks a table as having keys that are null in JSON while they are nil in Lua.
local function nullable(keys)
  local function complete() return keys end
  return { __complete = complete }
end

local SESSION = nullable({ "id" })
local CLIENT = nullable({ "ua" })
local CONTEXT = nullable({ "user", "trigger", "traceparent" })

local function without_nulls(value)
  if value == nil then return nil end
  for key, item in next, value do
    if item == json.null then value[key] = nil end
  end
  return value
end

local function read_pairs(blob, put)
  local result = {}
  local at, stop = 1, #blob
  while at <= stop do
    local name, value
    name, value, at = unpack("<s4s4", blob, at)
    put(result, name, value)
  end
  return result
end

local function put_query(query, name, value)
  local before = query[name]
  if before == nil then
    query[name] = value
  elseif type(before) == "table" then
    before[#before + 1] = value
  else
    query[name] = { before, value }
  end
end

local function put_param(params, name, value) params[name] = value end

local function read_headers(text)
  local headers = {}
  local at = 1
  while at <= #text do
    local middle = find(text, "\n", at, true)
    local stop = find(text, "\n", middle + 1, true) or #text + 1
    headers[sub(text, at, middle - 1)] = sub(text, middle + 1, stop - 1)
    at = stop + 1
  end
  return headers
end

local function read_context(source, event)
  local context = copy(base.context)
  context.request_id = rawget(event, "id")
  context.deadline_ms = source.deadline
  local own = decoded(source.context)
  if own then
    for key, item in next, own do
      if item ~= json.null then context[key] = item end
    end
  end
  return setmetatable(context, CONTEXT)
end

local function set_body(source, event)
  local body = source.body
  local text = host.is_utf8(body)
  rawset(event, "is_base64", not text)
  if body ~= "" then rawset(event, "body", text and body or host.base64(body)) end
end

-- Each makes the value of one key from what came with the call.
local LAZY = {
  query = function(source) return read_pairs(source.query, put_query) end,
  headers = function(source) return read_headers(source.headers) end,
  session = function(source)
    local session = without_nulls(decoded(source.session))
    return session and setmetatable(session, SESSION)
  end,
  client = function(source, event) return setmetatable({ ip = source.ip, ua = event.headers["user-agent"] }, CLIENT) end,
  env = function() return copy(base.env) end,
  secrets = function() return copy(base.secrets) end,
  context = read_context,
}

-- Not data: absent from `pairs` and JSON.
local METHODS = {
  raw_body = function(source) return source.body end,
  json = function(source)
    return function()
      if source.body == "" then return nil end
      local ok, value = pcall(json.decode, source.body, true)
      if ok then return value end
      error("The body is no valid JSON: " .. tostring(value), 2)
    end
  end,
}

local NULLS = { "body", "session" }

local function index(event, key)
  local source = getmetatable(event)
  local make = LAZY[key]
  if make then
    local value = make(source, event)
    if value ~= nil then rawset(event, key, value) end
    return value
  end
  if key == "body" or key == "is_base64" then
    if rawget(event, "is_base64") == nil then set_body(source, event) end
    return rawget(event, key)
  end
  local method = METHODS[key]
  return method and method(source)
end

local function complete(event)
  local source = getmetatable(event)
  for key, make in next, LAZY do
    if rawget(event, key) == nil then rawset(event, key, make(source, event)) end
  end
  if rawget(event, "is_base64") == nil then set_body(source, event) end
  return NULLS
end

local function all_pairs(event)
  complete(event)
  return next, event, nil
end

local LAYOUT = "<i8i8s4s4s4s4s4s4s4s4s4s4"

--- @param head what the host wrote: see `src/engine/call-head.ts`
--- @return the event, and its path parameters
local function new(head, body)
  local ts, deadline, id, method, path, raw_path, query, params, headers, ip, session, context = unpack(LAYOUT, head)
  local own_params = params == "" and {} or read_pairs(params, put_param)
  local event = {
    id = id,
    ts = ts,
    method = method,
    path = path,
    raw_path = raw_path,
    params = own_params,
    path_params = own_params,
    version = base.version,
    -- Room for what is filled in on demand: a table that grows is allocated again.
    query = nil,
    headers = nil,
  }
  local source = {
    __index = index,
    __pairs = all_pairs,
    __complete = complete,
    deadline = deadline,
    query = query,
    headers = headers,
    ip = ip,
    session = session,
    context = context,
    body = body,
  }
  return setmetatable(event, source), own_params
end

local function set_base(spec)
  base = { env = spec.env, secrets = spec.secrets, context = spec.context, version = spec.context.version or "default" }
end

return { new = new, set_base = set_base }
