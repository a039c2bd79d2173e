-- SPDX-License-Identifier: Apache-2.0
-- wrk: POST /batch for random users, each request with one of the tokens. Environment: USERS (how many there are), ASK (users per request),
-- STATS (per scid, of two; 0: one statistic of one scid), TOKENS (a file of Authorization values; or AUTH: the only one), MATCH (If-None-Match, or empty).
-- All that does not change is put together once, as this runs on the cores that are measured: a request is a head and a body of random users.
-- The one size of all bodies lets the heads be made before.
local users, ask, stats = tonumber(os.getenv("USERS")), tonumber(os.getenv("ASK")), tonumber(os.getenv("STATS"))
-- wrk waits for a body after a 304 that tells the length of the 200; one of gzip tells none.
local match = os.getenv("MATCH") or ""
if match ~= "" then match = "Accept-Encoding: gzip, identity;q=0\r\nIf-None-Match: " .. match .. "\r\n" end
local scids = {}
if stats == 0 then
  scids[1] = '{"scid":"bench-0","requestedstats":["Stat1"]}'
else
  for s = 0, 1 do
    local names = {}
    for i = 1, stats do names[i] = string.format('"Stat%d"', s * 10 + i) end
    scids[s + 1] = string.format('{"scid":"bench-%d","requestedstats":[%s]}', s, table.concat(names, ","))
  end
end
local tail = '],"requestedscids":[' .. table.concat(scids, ",") .. "]}"

local xuids = {}
for i = 1, users do xuids[i] = string.format('"%.0f"', 2533274790395904 + i) end

local thread = 0
function setup(t) t:set("seed", thread); thread = thread + 1 end

local heads = {}
function init()
  math.randomseed(20261124 + seed)
  local size = #'{"requestedusers":[' + ask * #xuids[1] + (ask - 1) + #tail
  local only = { os.getenv("AUTH") }
  local turn = 0
  local next_token = os.getenv("TOKENS") and io.lines(os.getenv("TOKENS")) or function() turn = turn + 1; return only[turn] end
  for token in next_token do
    heads[#heads + 1] = table.concat({ "POST /batch HTTP/1.1\r\nHost: ", wrk.host, ":", wrk.port, "\r\nAuthorization: ", token,
      "\r\nContent-Type: application/json\r\n", match,
      "Content-Length: ", size, '\r\n\r\n{"requestedusers":[' })
  end
end

local asked = {}
function request()
  for i = 1, ask do asked[i] = xuids[math.random(users)] end
  return heads[math.random(#heads)] .. table.concat(asked, ",", 1, ask) .. tail
end

function done(summary, latency)
  local lost = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format("RESULT %.1f %d %d %d %d %d %d\n", summary.requests / (summary.duration / 1e6), latency:percentile(50),
    latency:percentile(99), lost, summary.errors.status, summary.requests, summary.bytes))
end
