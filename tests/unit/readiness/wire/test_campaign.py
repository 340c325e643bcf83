"""What a bot's sessions amount to: judged ones become a result with evidence and power."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from readiness.check import Outcome
from readiness.context import Check
from readiness.wire.bots import Bot, Session
from readiness.wire.campaign import HEDGE_DAY, Campaign, Missed, judge_outcomes, run_campaign
from readiness.wire.scenarios import Scenario
from readiness.wire.traffic import read_traffic
from tests.unit.readiness.wire.recordings import sane_session

CHECK = Check(name="Exchange APIs", is_critical=True, run=None)
NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
# Speaks Bybit without a leg, as bots for one-way accounts do, and signs as Bybit wants it.
ONE_WAY = """
import hashlib, hmac, json, sys, time, urllib.request
url, key, secret = sys.argv[1:4]
while True:
    body = json.dumps({"category": "linear", "symbol": "BTCUSDT", "side": "Buy",
                       "orderType": "Market", "qty": "0.01", "positionIdx": 0})
    now = str(int(time.time() * 1000))
    sign = hmac.new(secret.encode(), f"{now}{key}5000{body}".encode(), hashlib.sha256).hexdigest()
    headers = {"X-BAPI-API-KEY": key, "X-BAPI-TIMESTAMP": now, "X-BAPI-RECV-WINDOW": "5000",
               "X-BAPI-SIGN": sign, "Content-Type": "application/json"}
    asked = urllib.request.Request(url + "/v5/order/create", body.encode(), headers)
    urllib.request.urlopen(asked).read()
    time.sleep(0.5)
"""


def session(market: str = "bybit", scenario: str = "calm") -> Session:
    """A sane session."""
    events = sane_session(market)
    return Session(
        market=market, scenario=scenario, traffic=read_traffic(events, market), events=tuple(events)
    )


def test_sane_sessions_pass_with_their_evidence_and_power() -> None:
    """One line of evidence per session, and the recall on defects planted in them."""
    result = judge_outcomes(CHECK, [session(), session("okx", "restart")])
    assert result.outcome is Outcome.PASSED
    assert [one.what for one in result.evidence] == ["session bybit-calm", "session okx-restart"]
    assert result.coverage_ratio == 1.0
    assert result.recall is not None
    assert 0 < result.recall.caught == result.recall.seeded


def test_one_mistake_in_one_scenario_fails_the_check() -> None:
    """The finding names its session; with findings of its own the power is not measured."""
    sane = session("binance", "disconnects")
    commands = tuple(replace(one, name="") for one in sane.traffic.commands)
    guilty = replace(sane, traffic=replace(sane.traffic, commands=commands))
    result = judge_outcomes(CHECK, [session(), guilty])
    assert result.outcome is Outcome.FAILED
    assert [str(found.location) for found in result.findings] == ["wire/binance-disconnects"]
    assert result.recall is None


def test_a_session_that_proves_nothing_blocks_what_would_pass() -> None:
    """Its reason is told; beside a finding it only takes coverage away."""
    missed = Missed(market="okx", scenario="silent", reason="the bot ended by itself")
    result = judge_outcomes(CHECK, [session(), missed])
    assert result.outcome is Outcome.BLOCKED
    assert result.reason == "okx-silent: the bot ended by itself"
    sane = session()
    guilty = replace(
        sane, traffic=replace(sane.traffic, mode="mismatch", starts_us=(0, 19_500_000))
    )
    result = judge_outcomes(CHECK, [guilty, missed])
    assert result.outcome is Outcome.FAILED
    assert result.coverage_ratio == 0.5
    assert "the bot ended by itself" in result.reason


def test_what_does_not_apply_is_no_gap() -> None:
    """A bot without sockets cannot lose them."""
    skipped = Missed(
        market="bybit", scenario="silent", reason="the bot opens no socket", applies=False
    )
    result = judge_outcomes(CHECK, [session(), skipped])
    assert (result.outcome, result.coverage_ratio) == (Outcome.PASSED, 1.0)
    assert result.evidence[-1].measured == "does not apply: the bot opens no socket"


def test_a_bot_that_sends_no_order_cannot_be_judged() -> None:
    """Nothing sent is nothing proved, whatever the other sessions hold."""
    calm = session()
    silent = replace(calm, traffic=replace(calm.traffic, commands=()))
    result = judge_outcomes(CHECK, [silent, session("bybit", "restart")])
    assert result.outcome is Outcome.BLOCKED
    assert "sent no order to bybit on a calm day" in result.reason
    assert judge_outcomes(CHECK, []).outcome is Outcome.BLOCKED


def campaign(folder: Path, server_url: str, program: str, *sessions: Scenario) -> Campaign:
    """A bot of a few lines, of which nobody knows what it was made for."""
    file = folder / "bot.py"
    file.write_text(program)
    command = (sys.executable, str(file), "{rest_url}", "{api_key}", "{api_secret}")
    return Campaign(
        bot=Bot(command=command, folder=folder),
        sessions=[("bybit", one) for one in sessions],
        seconds=3,
        server_url=server_url,
        folder=folder,
        places=2,
        is_unknown=True,
    )


async def test_a_one_way_bot_is_found_out_and_judged_in_its_own_account(
    tmp_path: Path, postgres_url: str
) -> None:
    """A hedge account refuses it; in a one-way one its other sins are seen, sockets it has none."""
    scenarios = (Scenario(name="calm"), Scenario(name="disconnects", needs_sockets=True))
    outcomes = await run_campaign(campaign(tmp_path, postgres_url, ONE_WAY, *scenarios))
    assert [one.scenario for one in outcomes] == [HEDGE_DAY, "calm", "disconnects"]
    result = judge_outcomes(CHECK, outcomes)
    assert {"W01", "W02", "W05"} <= {found.rule_id for found in result.findings}
    assert "does not apply" in result.evidence[-1].measured


async def test_faults_of_sockets_do_not_apply_to_a_bot_that_opens_none(
    tmp_path: Path, postgres_url: str
) -> None:
    """They cannot strike, which is no gap, also where its account is known beforehand."""
    fault = {"fault": "F7", "at_s": [1]}
    cut = Scenario(name="disconnects", faults=(fault,), must_hit=("F7",), needs_sockets=True)
    known = campaign(tmp_path, postgres_url, ONE_WAY, Scenario(name="calm"), cut)
    bot = replace(known.bot, mode="one-way")
    outcomes = await run_campaign(replace(known, bot=bot, is_unknown=False))
    assert judge_outcomes(CHECK, outcomes).reason == ""
    assert outcomes[-1] == Missed(
        market="bybit", scenario="disconnects", reason="the bot opens no socket", applies=False
    )


async def test_a_bot_that_never_came_is_not_waited_for_again(
    tmp_path: Path, postgres_url: str
) -> None:
    """Its reason stands for every session at that exchange."""
    known = campaign(
        tmp_path, postgres_url, "raise SystemExit('no key')", *[Scenario(name="calm")] * 3
    )
    outcomes = await run_campaign(replace(known, is_unknown=False, places=1))
    reasons = [one.reason for one in outcomes if isinstance(one, Missed)]
    assert all("no key" in reason for reason in reasons)
    assert [reason.startswith("not tried again") for reason in reasons] == [False, True, True]


@pytest.mark.parametrize("url", [NOWHERE])
async def test_a_database_server_that_is_gone_is_named(tmp_path: Path, url: str) -> None:
    """No session proves anything without it, and that is a reason, not a crash."""
    outcomes = await run_campaign(campaign(tmp_path, url, ONE_WAY, Scenario(name="calm")))
    result = judge_outcomes(CHECK, outcomes)
    assert result.outcome is Outcome.BLOCKED
    assert "bybit-calm: the database server is gone: " in result.reason
