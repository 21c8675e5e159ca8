-- Asks with many tokens, in the order of a file, and tells in a line of JSON how that went.
-- Arguments: the file of tokens, the file of their order, the place in it to begin at, the path, "cookie" or "".

local requests, turn = {}, 0

function init(args)
  local formed = {}
  for token in io.lines(args[1]) do
    local headers = { ["Authorization"] = "Bearer " .. token, ["Host"] = "api.example.com" }
    if args[5] == "cookie" then headers["Cookie"] = "cognito_access_token=" .. token end
    formed[#formed + 1] = wrk.format("GET", args[4], headers)
  end
  for number in io.lines(args[2]) do requests[#requests + 1] = formed[tonumber(number) + 1] end
  turn = tonumber(args[3])
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "failed": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
