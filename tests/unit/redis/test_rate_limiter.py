"""What needs no Redis: arguments of the shared limiter, and what a process remembers of Redis."""

from __future__ import annotations

import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest

import autoleap
from autoleap import AutoLeap, ConfigurationError, RateLimits, RedisRateLimiter, Secret
from autoleap.redis._connection import BACKOFF_BASE, BACKOFF_MAX
from autoleap.redis._slot_client import RedisAvailability
from autoleap.redis._slot_scripts import SlotTimes

PACKAGE = Path(autoleap.__file__).parent
QUIET = 90.0
URL = "redis://127.0.0.1:1/0"


@pytest.fixture
def memory() -> RedisAvailability:
    return RedisAvailability(QUIET)


def test_a_new_process_remembers_nothing_and_may_ask(memory: RedisAvailability) -> None:
    assert memory.last_server_time(5.0) == 0
    assert not memory.has_offline_calls(5.0)
    assert memory.retry_delay(5.0) == 0
    assert memory.outage_seconds(5.0) == 0


def test_the_time_of_redis_is_remembered_for_one_window(memory: RedisAvailability) -> None:
    memory.record_success(1000, 5.0, 5.0)
    memory.record_success(990, 6.0, 6.0)
    assert memory.last_server_time(6.0 + QUIET - 1) == 1000
    assert memory.last_server_time(6.0 + QUIET) == 0


def test_an_outage_of_redis_is_reported_once_until_it_responds(memory: RedisAvailability) -> None:
    assert not memory.record_success(1, 0.0, 0.0)
    assert memory.record_failure(5.0)
    assert not memory.record_failure(6.0)
    assert memory.record_success(2, 7.0, 7.0)
    assert memory.record_failure(8.0)


def test_the_offline_pause_counts_from_the_first_failure(memory: RedisAvailability) -> None:
    memory.record_failure(5.0)
    memory.record_failure(50.0)
    assert memory.resume_at() == 5.0 + QUIET
    memory.record_success(1, 60.0, 60.0)
    memory.record_failure(70.0)
    assert memory.resume_at() == 70.0 + QUIET


def test_a_redis_that_does_not_respond_is_tried_again_with_backoff(
    memory: RedisAvailability,
) -> None:
    delays = []
    for failure in range(8):
        memory.record_failure(float(failure))
        delays.append(memory.retry_delay(float(failure)))
    assert delays == sorted(delays)
    assert delays[0] == pytest.approx(BACKOFF_BASE)
    assert delays[-1] == BACKOFF_MAX
    assert memory.retry_delay(7.0 + BACKOFF_MAX) == 0


def test_the_length_of_an_outage_counts_from_its_first_failure(memory: RedisAvailability) -> None:
    memory.record_failure(5.0)
    memory.record_failure(8.0)
    assert memory.outage_seconds(9.0) == 4.0
    memory.record_success(1, 10.0, 10.0)
    assert memory.outage_seconds(11.0) == 0


def test_slots_of_a_killed_process_end_within_a_window_and_long_before_the_lease() -> None:
    for per in (0.5, 2.0, 60.0):
        times = SlotTimes(per=per, lease=30.0)
        assert times.slot_ttl + times.poll_interval < per
        assert times.waiting_ttl >= 3 * times.poll_interval
    assert SlotTimes(per=60.0, lease=30.0).slot_ttl <= 5.0


def test_offline_calls_are_reported_until_redis_knows_or_their_window_has_passed(
    memory: RedisAvailability,
) -> None:
    memory.record_offline_call(5.0)
    assert memory.has_offline_calls(5.0 + QUIET - 1)
    assert not memory.has_offline_calls(5.0 + QUIET)
    memory.record_success(1, 7.0, 7.5)
    assert not memory.has_offline_calls(8.0)


def test_an_offline_call_during_a_request_to_redis_is_still_reported(
    memory: RedisAvailability,
) -> None:
    memory.record_offline_call(7.2)
    memory.record_success(1, 7.0, 7.5)
    assert memory.has_offline_calls(8.0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"url": "http://localhost"}, "url must be redis://"),
        ({"url": ""}, "url must be redis://"),
        ({"url": 6379}, "url must be a str"),
        ({"limits": 60}, "limits must be RateLimits"),
        ({"name": ""}, "name must be a str that is not empty"),
        ({"lease": 0}, "lease must be more than 0 seconds"),
        ({"fallback": 5}, "fallback must be RateLimits"),
        ({"fallback": RateLimits(per=30.0)}, "fallback.per must equal limits.per, 60"),
        ({"fallback": RateLimits(get=151)}, "fallback.get must be at most limits.get, 150"),
        ({"fallback": RateLimits(post=None)}, "fallback.post must be at most limits.post, 50"),
    ],
)
def test_an_argument_that_cannot_be_used_is_named(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        RedisRateLimiter(**{"url": URL, **arguments})


def test_without_the_redis_package_the_error_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'autoleap\[redis\]'"):
        RedisRateLimiter(URL)


def test_importing_autoleap_does_not_import_redis() -> None:
    script = "import autoleap, sys; sys.exit('redis' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_making_one_needs_no_event_loop_and_no_redis() -> None:
    assert AutoLeap("p", "k", rate_limiter=RedisRateLimiter(Secret(URL))).stats.calls == 0


def test_a_password_in_the_url_does_not_show() -> None:
    limiter = RedisRateLimiter("redis://:hunter2@127.0.0.1:1/0")
    assert "hunter2" not in f"{limiter!r} {vars(limiter)}"
    with pytest.raises(ConfigurationError) as caught:
        RedisRateLimiter("amqp://:hunter2@127.0.0.1:1/0")
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    ours = [frame for frame in shown.stack if Path(frame.filename).is_relative_to(PACKAGE)]
    assert ours
    assert not any("hunter2" in str(frame.locals) for frame in ours)
