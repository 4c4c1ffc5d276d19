-- Rows as CSV (RFC 4180): CRLF line ends, quotes doubled, null and nil empty. A list of tables with names starts with a
-- header line of the names; these are sorted, because a Lua table has no order. A list of lists goes out as it is.
local host, use = ...
local invalid, json = use("invalid"), use("json")

local find, gsub = string.find, string.gsub
local concat, sort = table.concat, table.sort
local next, tostring, type = next, tostring, type

local function cell(value)
  if value == nil or value == json.null then return "" end
  local kind = type(value)
  local text
  if kind == "string" then
    text = value
  elseif kind == "number" then
    text = json.number_text(value) or tostring(value)
  elseif kind == "table" then
    text = json.encode(value)
  else
    text = tostring(value)
  end
  if find(text, '[",\r\n]') then return '"' .. gsub(text, '"', '""') .. '"' end
  return text
end

local function refuse(index, row)
  invalid.raise("CSV row %d is %s: a text/csv body is a list of lists, or a list of tables with names.", index, invalid.describe(row))
end

local function columns_of(rows, count)
  local known, columns = {}, {}
  for i = 1, count do
    local row = rows[i]
    if type(row) ~= "table" or (json.list_length(row) or 0) > 0 then refuse(i, row) end
    for key in next, row do
      if not known[key] then
        known[key] = true
        columns[#columns + 1] = key
      end
    end
  end
  sort(columns, function(a, b) return tostring(a) < tostring(b) end)
  return columns
end

local function line(values, count)
  local cells = {}
  for i = 1, count do cells[i] = cell(values[i]) end
  return concat(cells, ",")
end

local function encode(rows, count)
  if count == 0 then return "" end
  local lines = {}
  local first = rows[1]
  if type(first) == "table" and (json.list_length(first) or 0) > 0 then
    for i = 1, count do
      local length = type(rows[i]) == "table" and json.list_length(rows[i])
      if not length then refuse(i, rows[i]) end
      lines[i] = line(rows[i], length)
    end
  else
    local columns = columns_of(rows, count)
    lines[1] = line(columns, #columns)
    for i = 1, count do
      local values = {}
      for c = 1, #columns do values[c] = rows[i][columns[c]] end
      lines[i + 1] = line(values, #columns)
    end
  end
  return concat(lines, "\r\n") .. "\r\n"
end

return { encode = encode }
