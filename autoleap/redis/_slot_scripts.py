"""One account's budgets as Redis keeps them: who holds a place, and from when it is free again.

A method has `limit` places. One is taken before a call and comes free `per` seconds after the
call's end. Who finds none free is given the one that comes free next, and told when: a reservation,
so that processes are served in the order in which they asked. All of that is one script, hence one
step; and all of it is by Redis's own clock, so that the clocks of the machines do not matter.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, cast

from attrs import frozen

from .._config import Secret, wrap_secret
from ..errors import ConfigurationError, RateLimiterUnavailableError

if TYPE_CHECKING:
    from redis.commands.core import Script


# Seconds to wait for Redis; an answer takes a thousandth of that. Broken connections are common
# after a restart of Redis, hence one more try: the scripts may be run twice.
TIMEOUT, RETRIES = 1.0, 1


# Who finds no trace of the budget waits so many seconds for others who may know better.
STARTUP_GRACE = 1.0


# When calls are on their way on all places, nobody knows when one comes free. Asking again after
# this part of a window is soon enough: it comes free a whole window after its call has ended.
POLL_FRACTION = 1 / 50


# `running` holds tickets by the time at which their lease ends, `ended` by the time at which their
# place is free again. `state` tells since when Redis keeps the budget (`born`), when it was asked
# last, and before when no call may begin (`opens`). Times are whole microseconds, which a Lua
# number holds exactly.
_TAKE = """
local state, running, ended, closed = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local ticket, limit = ARGV[1], tonumber(ARGV[2])
local per, lease, settle = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local seen, alone = tonumber(ARGV[6]), ARGV[7] == '1'
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

-- Somebody who remembers more than Redis does, or who has sent calls that Redis does not know of,
-- makes everybody wait until the server has forgotten them.
local known = redis.call('HMGET', state, 'born', 'last', 'opens')
local born, last = tonumber(known[1] or now), tonumber(known[2] or 0)
local opens = tonumber(known[3] or now + settle)
local lost = seen > 0 and (born > seen or last < seen)
if lost or alone then opens = math.max(opens, now + per + lease) end
redis.call('HSET', state, 'born', born, 'last', math.max(last, now), 'opens', opens)

-- A call of which nothing was heard until its lease ended is taken to have ended then.
local overdue = redis.call('ZRANGEBYSCORE', running, '-inf', now, 'WITHSCORES')
for i = 1, #overdue, 2 do
  redis.call('ZREM', running, overdue[i])
  redis.call('ZADD', ended, overdue[i + 1] + per, overdue[i])
end
redis.call('ZREMRANGEBYSCORE', ended, '-inf', now)

local start = now
local mine = redis.call('ZSCORE', running, ticket)
if mine then
  start = mine - lease
else
  -- Who asks has not begun: a reservation that was not used in time is worth nothing.
  redis.call('ZREM', ended, ticket)
  local over = redis.call('ZCARD', running) + redis.call('ZCARD', ended) - limit
  if over >= 0 then
    -- More tickets than places there are when calls outlast their leases: the first to come free
    -- only make up for that.
    local earliest = redis.call('ZRANGE', ended, over, over, 'WITHSCORES')
    if #earliest == 0 then return {-1, now, lost and 1 or 0} end
    start = tonumber(earliest[2])
    redis.call('ZREMRANGEBYRANK', ended, 0, over)
  end
end
start = math.max(start, now, opens, tonumber(redis.call('GET', closed) or 0))
redis.call('ZADD', running, start + lease, ticket)
return {start - now, now, lost and 1 or 0}
"""


_GIVE_BACK = """
local running, ended, ticket = KEYS[1], KEYS[2], ARGV[1]
local used, per, lease = ARGV[2] == '1', tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local mine = redis.call('ZSCORE', running, ticket)
redis.call('ZREM', running, ticket)
if used then
  redis.call('ZADD', ended, now + per, ticket)
else
  redis.call('ZREM', ended, ticket)
  if mine and mine - lease > now then redis.call('ZADD', ended, mine - lease, ticket) end
end
"""


_CLOSE = """
local time = redis.call('TIME')
local till = time[1] * 1000000 + time[2] + tonumber(ARGV[1])
redis.call('SET', KEYS[1], math.max(till, tonumber(redis.call('GET', KEYS[1]) or 0)))
"""


@frozen
class SlotReply:
    """What Redis says to somebody who asks for a place.

    Attributes:
        wait: Seconds until the place may be used; 0 for now.
        now: Redis's own time, in microseconds.
        lost: Whether Redis has lost what it knew of the budget, so that all must wait.
    """

    wait: float
    now: int
    lost: bool


class RedisSlots:
    """Talks to Redis. Every method blocks, for `TIMEOUT` and a little at most: call it in a thread.

    Args:
        url: Address of the Redis server.
        name: What the processes of one partner account have in common.
        per: Length of the window in seconds.
        lease: Seconds after which a call is taken to have ended, though nobody said so.
    """

    def __init__(self, url: str | Secret, name: str, per: float, lease: float) -> None:
        address = wrap_secret("url", url)
        del url
        try:
            import redis
            from redis.backoff import NoBackoff
            from redis.retry import Retry
        except ImportError:
            raise ConfigurationError(
                "sharing a budget needs the redis package: pip install 'autoleap[redis]'"
            ) from None
        try:
            client = redis.Redis.from_url(  # pyright: ignore[reportUnknownMemberType]
                address.reveal() if address is not None else "",
                socket_timeout=TIMEOUT,
                socket_connect_timeout=TIMEOUT,
                retry=Retry(NoBackoff(), RETRIES),
                retry_on_error=[redis.ConnectionError],
            )
        except ValueError:
            raise ConfigurationError(
                "url must be that of a Redis server: redis://, rediss:// or unix://"
            ) from None
        self._failures, self._client = redis.RedisError, client
        # Closes the sockets of a limiter that nobody closed; without it they end in warnings.
        weakref.finalize(self, client.close)
        self._name, self._per, self._lease = name, _to_microseconds(per), _to_microseconds(lease)
        self._reserve_script = client.register_script(_TAKE)
        self._release_script = client.register_script(_GIVE_BACK)
        self._block_script = client.register_script(_CLOSE)

    def reserve(
        self, method: str, slot_id: str, limit: int, *, seen: int, alone: bool
    ) -> SlotReply:
        """Take a place, reserve one, or say when to ask again; the same ticket has the same place.

        Args:
            method: HTTP method.
            ticket: A name for the place that nobody else uses.
            limit: How many places there are.
            seen: Redis's time when this process heard of it last; 0 when that does not matter.
            alone: Whether this process has sent calls without asking.

        Raises:
            RateLimiterUnavailableError: when Redis does not answer, or not in our terms.
        """
        keys = [self._key("state")]
        keys += [self._key(f"{method}:{kind}") for kind in ("running", "ended", "closed")]
        settle = _to_microseconds(STARTUP_GRACE)
        times = [self._per, self._lease, settle]
        answer = self._run(self._reserve_script, keys, [slot_id, limit, *times, seen, int(alone)])
        wait, now, lost = cast("tuple[int, int, int]", answer)
        return SlotReply((wait if wait >= 0 else POLL_FRACTION * self._per) / 1e6, now, lost == 1)

    def release(self, method: str, slot_id: str, *, used: bool) -> None:
        """Give a place back: `per` seconds from now, or at once when no call was made on it.

        Raises:
            RateLimiterUnavailableError: when Redis does not answer.
        """
        keys = [self._key(f"{method}:{kind}") for kind in ("running", "ended")]
        self._run(self._release_script, keys, [slot_id, int(used), self._per, self._lease])

    def block(self, method: str, seconds: float) -> None:
        """Let nobody begin a call for some seconds.

        Raises:
            RateLimiterUnavailableError: when Redis does not answer.
        """
        self._run(self._block_script, [self._key(f"{method}:closed")], [_to_microseconds(seconds)])

    def close(self) -> None:
        """Close the connections; a later use opens them again."""
        self._client.close()

    def _key(self, what: str) -> str:
        # In braces: a Redis cluster keeps all keys of a budget together, as a script needs them.
        return f"autoleap:{{{self._name}}}:{what}"

    def _run(self, script: Script, keys: list[str], args: list[str | int]) -> object:
        try:
            answer: object = script(keys=keys, args=args)
        except self._failures as error:
            said = f"{type(error).__name__}: {error}"
            raise RateLimiterUnavailableError(
                f"the shared budget cannot be asked ({said})"
            ) from None
        return answer


def _to_microseconds(seconds: float) -> int:
    return round(seconds * 1_000_000)
