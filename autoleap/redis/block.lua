-- Start no call of a method for some microseconds; a shorter time does not end a longer one.

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local resume_at = math.max(now + ARGV[1], tonumber(redis.call('GET', KEYS[1]) or 0))
redis.call('SET', KEYS[1], resume_at, 'PX', math.ceil((resume_at - now) / 1000) + 1)
