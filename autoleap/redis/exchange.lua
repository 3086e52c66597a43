-- Report the slots of one process, and request new ones: one message, one reply.
--
-- A method has `limit` slots. A slot in use is in one of two sorted sets:
--   running: slot id -> the time at which it ends if its process does not report it again
--   cooling: slot id -> the time at which the slot is free again
-- Processes wait in two sorted sets, process -> the time since which it waits:
--   high_waiting, low_waiting; `seen` holds the time of the last message of each of them
-- The hash `state` holds
--   created_at: since when Redis has kept this rate limit
--   updated_at: when Redis last served a process
--   resume_at:  no call may start before this time
-- The hash `pace` holds last_low, older_high, newer_high and overtakes; see _ratelimit/pace.py.
-- All times are whole microseconds of Redis's own clock. A Lua number holds them exactly.
--
-- Returns {now, state_lost, wait, slot ids...}: Redis's time; 1 if Redis has lost its state; the
-- microseconds after which the process asks again, -1 if it waits for nothing; the granted slots.

local state, running, cooling, blocked_until, pace = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local high_waiting, low_waiting, seen, sequence = KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local message = cjson.decode(ARGV[1])
local limit, per, slot_ttl, process = message.limit, message.per, message.slot_ttl, message.process
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

-- Redis may run a delayed message after a newer one. It must not undo the newer one.
if message.sequence < tonumber(redis.call('GET', sequence) or 0) then return {now, 0, -1} end
redis.call('SET', sequence, message.sequence)

-- The process has seen a later time than Redis, or it has sent calls that Redis has not counted.
-- Therefore all processes wait until AutoLeap's server no longer counts the earlier calls.
local stored = redis.call('HMGET', state, 'created_at', 'updated_at', 'resume_at')
local created_at, updated_at = tonumber(stored[1] or now), tonumber(stored[2] or 0)
local resume_at = tonumber(stored[3] or now + message.startup_grace)
local last_seen = message.last_seen
local state_lost = last_seen > 0 and (created_at > last_seen or updated_at < last_seen)
if state_lost or message.offline_calls then resume_at = math.max(resume_at, now + message.drain) end
redis.call('HSET', state, 'created_at', created_at, 'updated_at', math.max(updated_at, now),
  'resume_at', resume_at)

-- The slots of this process.
for _, id in ipairs(message.ended) do
  redis.call('ZREM', running, id)
  redis.call('ZADD', cooling, now + per, id)
end
for _, id in ipairs(message.unused) do
  redis.call('ZREM', running, id)
  redis.call('ZREM', cooling, id)
end
for _, id in ipairs(message.held) do
  -- The slot may have ended, because the process has not reported it in time.
  redis.call('ZREM', cooling, id)
  redis.call('ZADD', running, now + slot_ttl, id)
end

-- A slot that its process no longer reports counts as ended. A waiting process has left its place.
local expired = redis.call('ZRANGEBYSCORE', running, '-inf', now, 'WITHSCORES')
for i = 1, #expired, 2 do
  redis.call('ZREM', running, expired[i])
  redis.call('ZADD', cooling, expired[i + 1] + per, expired[i])
end
redis.call('ZREMRANGEBYSCORE', cooling, '-inf', now)
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', seen, '-inf', now - message.waiting_ttl)) do
  redis.call('ZREM', high_waiting, gone)
  redis.call('ZREM', low_waiting, gone)
  redis.call('ZREM', seen, gone)
end

-- Slots that an earlier message was granted, and whose reply was lost.
local granted, high, low = {}, {}, {}
local function choose_missing(ids, missing)
  for _, id in ipairs(ids) do
    redis.call('ZREM', cooling, id)
    if redis.call('ZSCORE', running, id) then
      redis.call('ZADD', running, now + slot_ttl, id)
      granted[#granted + 1] = id
    else
      missing[#missing + 1] = id
    end
  end
end
choose_missing(message.high, high)
choose_missing(message.low, low)

-- The place of this process among those that wait.
local function enter(waiting, is_waiting)
  if not is_waiting then
    redis.call('ZREM', waiting, process)
    return 0
  end
  redis.call('ZADD', waiting, 'NX', now, process)
  return redis.call('ZRANK', waiting, process)
end
local high_ahead, low_ahead = enter(high_waiting, #high > 0), enter(low_waiting, #low > 0)
redis.call('ZADD', seen, now, process)
local high_count = redis.call('ZCARD', high_waiting)
local low_count = redis.call('ZCARD', low_waiting)
local other_high = high_count - (#high > 0 and 1 or 0)

stored = redis.call('HMGET', pace, 'last_low', 'older_high', 'newer_high', 'overtakes')
local last_low, older_high, newer_high = tonumber(stored[1]), stored[2], stored[3]
local overtakes = low_count > 0 and tonumber(stored[4] or 0) or 0
if message.new_high > 0 then
  older_high = message.new_high > 1 and now or newer_high
  newer_high = now
end
local reserve = 0
if older_high and now < older_high + message.recent then
  reserve = math.min(limit - 1, math.ceil(limit / message.reserve_divisor))
end

local used = redis.call('ZCARD', running) + redis.call('ZCARD', cooling)
local free = limit - used
local function grant(id)
  redis.call('ZADD', running, now + slot_ttl, id)
  granted[#granted + 1] = id
  free = free - 1
end

-- Slots for calls of low priority that were overtaken too often, in any process.
local function count_due()
  return low_count > 0 and math.floor(overtakes / message.max_overtakes) or 0
end

-- When the next call of low priority may start; nil if slots are missing.
local function low_start()
  local spare = free - reserve - low_ahead - other_high
  if spare <= 0 then return nil end
  if 2 * free > limit or not last_low then return now end
  local first = redis.call('ZRANGE', cooling, 0, 0, 'WITHSCORES')
  local interval = first[2] and (first[2] - last_low) / (spare + 1) or per / spare
  return last_low + math.max(message.pace_interval, interval)
end

-- Each of the waiting processes takes its share of the free slots.
local high_share, low_share = math.ceil(free / high_count), math.ceil(free / low_count)
local high_taken, low_taken = 0, 0
local open_at = math.max(resume_at, tonumber(redis.call('GET', blocked_until) or 0))
while open_at <= now do
  local next_high, next_low = high[high_taken + 1], low[low_taken + 1]
  local due = count_due()
  if due > 0 and next_low and low_ahead == 0 then
    if free < 1 then break end
  elseif next_high then
    -- The slots for calls in other processes are kept until those processes ask.
    if free <= high_ahead + due or high_taken >= high_share then break end
    next_low = nil
  elseif not next_low or low_taken >= low_share or (low_start() or now + 1) > now then
    break
  end
  if next_low then
    grant(next_low)
    low_taken, last_low = low_taken + 1, now
    overtakes = math.max(0, overtakes - message.max_overtakes)
  else
    grant(next_high)
    high_taken, overtakes = high_taken + 1, low_count > 0 and overtakes + 1 or 0
  end
end

-- When `missing` more slots are free.
local function release_time(missing)
  if missing <= 0 then return now end
  local entry = redis.call('ZRANGE', cooling, missing - 1, missing - 1, 'WITHSCORES')
  return tonumber(entry[2]) or now + message.poll_interval
end

local next_time = math.huge
if high_taken < #high then
  next_time = release_time(high_ahead + count_due() + 1 - free)
end
if low_taken < #low then
  local missing = reserve + low_ahead + other_high + 1 - free
  local low_time = low_start() or release_time(missing)
  if count_due() > 0 then low_time = release_time(low_ahead + 1 - free) end
  next_time = math.min(next_time, low_time)
end
local wait = next_time < math.huge and math.max(next_time, open_at, now) - now or -1

-- A process that was served goes to the end of the line.
local function leave(waiting, taken, wanted)
  if taken >= wanted then
    redis.call('ZREM', waiting, process)
  elseif taken > 0 then
    redis.call('ZADD', waiting, now, process)
  end
end
leave(high_waiting, high_taken, #high)
leave(low_waiting, low_taken, #low)
if wait < 0 then redis.call('ZREM', seen, process) end

redis.call('HSET', pace, 'overtakes', overtakes)
if last_low then redis.call('HSET', pace, 'last_low', last_low) end
if older_high then redis.call('HSET', pace, 'older_high', older_high) end
if newer_high then redis.call('HSET', pace, 'newer_high', newer_high) end
for _, key in ipairs(KEYS) do
  if key ~= blocked_until then redis.call('PEXPIRE', key, message.keep_ms) end
end
return {now, state_lost and 1 or 0, math.ceil(wait), unpack(granted)}
