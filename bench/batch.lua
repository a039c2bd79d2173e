-- SPDX-License-Identifier: Apache-2.0
-- wrk: POST /batch for random users. Environment: AUTH, USERS (how many there are), ASK (users per request), STATS (per scid, of two);
-- TOKENS instead of AUTH: a file of header values, of which each request bears the next.
local users, ask, stats = tonumber(os.getenv("USERS")), tonumber(os.getenv("ASK")), tonumber(os.getenv("STATS"))
local scids = {}
for s = 0, 1 do
  local names = {}
  for i = 1, stats do names[i] = string.format('"Stat%d"', s * 10 + i) end
  scids[s + 1] = string.format('{"scid":"bench-%d","requestedstats":[%s]}', s, table.concat(names, ","))
end
local tail = '],"requestedscids":[' .. table.concat(scids, ",") .. "]}"
wrk.method = "POST"
wrk.headers["Authorization"] = os.getenv("AUTH")
local tokens, turn = {}, 0
if os.getenv("TOKENS") then
  for line in io.lines(os.getenv("TOKENS")) do tokens[#tokens + 1] = line end
end
wrk.headers["Content-Type"] = "application/json"

local thread = 0
function setup(t) t:set("seed", thread); thread = thread + 1 end
function init() math.randomseed(20261124 + seed) end

function request()
  local xuids = {}
  if #tokens > 0 then
    turn = turn % #tokens + 1
    wrk.headers["Authorization"] = tokens[turn]
  end
  for i = 1, ask do xuids[i] = string.format('"%.0f"', 2533274790395904 + math.random(users)) end
  return wrk.format(nil, nil, nil, '{"requestedusers":[' .. table.concat(xuids, ",") .. tail)
end

function done(summary, latency)
  local errors = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout
  io.write(string.format("RESULT %.1f %d %d %d\n", summary.requests / (summary.duration / 1e6), latency:percentile(50), latency:percentile(99), errors))
  io.write(string.format("TOTAL %d %d %d\n", summary.requests, summary.bytes, errors))
end
