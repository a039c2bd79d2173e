-- SPDX-License-Identifier: Apache-2.0
-- wrk: requests that are refused. Environment: TOKENS (a file of header values) or none: then /nothing is asked for, which is refused
-- without a look at a token. PAUSE: milliseconds between an answer and the connection's next request.
local pause, path, headers, turn = tonumber(os.getenv("PAUSE")), "/nothing", {}, 0
if os.getenv("TOKENS") then
  path = "/batch"
  for line in io.lines(os.getenv("TOKENS")) do
    headers[#headers + 1] = { Authorization = line, ["Content-Type"] = "application/json" }
  end
end
local body = '{"requestedusers":["1"],"requestedscids":[{"scid":"bench-0","requestedstats":["Stat1"]}]}'

function request()
  turn = #headers > 0 and turn % #headers + 1 or 0
  return wrk.format("POST", path, headers[turn] or {}, body)
end
if pause > 0 then
  function delay() return pause end
end

local threads = {}
function setup(t) table.insert(threads, t); t:set("shed", 0); t:set("taken", 0) end
function response(status)
  if status == 503 then shed = shed + 1 end
  if status == 200 then taken = taken + 1 end
end
function done(summary)
  local shed, taken = 0, 0
  for _, t in ipairs(threads) do shed, taken = shed + t:get("shed"), taken + t:get("taken") end
  io.write(string.format("RESULT %.1f %d %d\n", summary.requests / (summary.duration / 1e6), shed, taken))
end
