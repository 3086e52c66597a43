-- Save or delete the token pair; returns 0 if the caller's lock has run out.
-- A process that lost the lock must not overwrite the pair of the next holder.

local lock, pair, lock_token, value, ttl = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3]
if lock_token ~= '' and redis.call('GET', lock) ~= lock_token then
  return 0
end
if value == '' then
  redis.call('DEL', pair)
else
  redis.call('SET', pair, value, 'PX', ttl)
end
return 1
