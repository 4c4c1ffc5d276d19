-- What a handler prints belongs to the call that printed it; the host knows which one runs.
local host = ...

local concat = table.concat
local pack, tostring = table.pack, tostring

local function print(...)
  local texts = pack(...)
  for i = 1, texts.n do texts[i] = tostring(texts[i]) end
  host.output(1, concat(texts, "\t", 1, texts.n) .. "\n")
end

return { print = print }
