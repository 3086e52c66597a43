-- Reserve a slot: a place in the rate limit of one HTTP method.
--
-- A method has `limit` slots. A slot in use is in one of two sorted sets:
--   running: slot id -> the time at which its lease ends
--   cooling: slot id -> the time at which the slot is free again
-- The hash `state` holds
--   created_at: since when Redis has kept this rate limit
--   updated_at: when Redis last served a process
--   resume_at:  no call may start before this time
-- All times are whole microseconds of Redis's own clock. A Lua number holds them exactly.
--
-- Returns {wait, now, state_lost}: the microseconds until the call may start, -1 if they are not
-- known; Redis's time; 1 if Redis has lost its state.

local state, running, cooling, blocked_until = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local slot_id, limit = ARGV[1], tonumber(ARGV[2])
local per, lease, startup_grace = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local last_seen, offline_calls = tonumber(ARGV[6]), ARGV[7] == '1'
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

-- The process has seen a later time than Redis, or it has sent calls that Redis has not counted.
-- Therefore all processes wait until AutoLeap's server no longer counts the earlier calls.
local stored = redis.call('HMGET', state, 'created_at', 'updated_at', 'resume_at')
local created_at, updated_at = tonumber(stored[1] or now), tonumber(stored[2] or 0)
local resume_at = tonumber(stored[3] or now + startup_grace)
local state_lost = last_seen > 0 and (created_at > last_seen or updated_at < last_seen)
if state_lost or offline_calls then resume_at = math.max(resume_at, now + per + lease) end
redis.call('HSET', state, 'created_at', created_at, 'updated_at', math.max(updated_at, now),
  'resume_at', resume_at)

-- A call whose lease has ended without a release counts as ended at that time.
local expired = redis.call('ZRANGEBYSCORE', running, '-inf', now, 'WITHSCORES')
for i = 1, #expired, 2 do
  redis.call('ZREM', running, expired[i])
  redis.call('ZADD', cooling, expired[i + 1] + per, expired[i])
end
redis.call('ZREMRANGEBYSCORE', cooling, '-inf', now)

local start = now
local lease_end = redis.call('ZSCORE', running, slot_id)
if lease_end then
  start = lease_end - lease
else
  -- The call of this request has not started, so its expired reservation holds no slot.
  redis.call('ZREM', cooling, slot_id)
  local excess = redis.call('ZCARD', running) + redis.call('ZCARD', cooling) - limit
  if excess >= 0 then
    -- Calls that outlast their lease make more slot ids than slots. The first slots that become
    -- free only compensate for them.
    local earliest = redis.call('ZRANGE', cooling, excess, excess, 'WITHSCORES')
    if #earliest == 0 then return {-1, now, state_lost and 1 or 0} end
    start = tonumber(earliest[2])
    redis.call('ZREMRANGEBYRANK', cooling, 0, excess)
  end
end
start = math.max(start, now, resume_at, tonumber(redis.call('GET', blocked_until) or 0))
redis.call('ZADD', running, start + lease, slot_id)
return {start - now, now, state_lost and 1 or 0}
