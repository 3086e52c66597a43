-- Give a slot back: free `per` after a call that was made, at once if none was made.

local running, cooling, slot_id = KEYS[1], KEYS[2], ARGV[1]
local used, per, lease = ARGV[2] == '1', tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local lease_end = redis.call('ZSCORE', running, slot_id)
redis.call('ZREM', running, slot_id)
if used then
  redis.call('ZADD', cooling, now + per, slot_id)
else
  redis.call('ZREM', cooling, slot_id)
  -- The slot was reserved for a later time, when an earlier call leaves it. It is free then.
  if lease_end and lease_end - lease > now then
    redis.call('ZADD', cooling, lease_end - lease, slot_id)
  end
end
