-- Start no call of a method for some microseconds; a shorter time does not end a longer one.

local time = redis.call('TIME')
local resume_at = time[1] * 1000000 + time[2] + tonumber(ARGV[1])
redis.call('SET', KEYS[1], math.max(resume_at, tonumber(redis.call('GET', KEYS[1]) or 0)))
