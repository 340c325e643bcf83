"""The kill switch: `python -m bot_trading.kill_switch`, a process with connections of its own.

It needs neither the bot nor its database, so that it works while the bot hangs. First it leaves a
sign for the bot (see `bot_trading.halt_sign`), which halts within a quarter of a second and a
turn; then it acts at every exchange at once, reads twice that nothing came after, and says what it
could not do with exit code 1. An exchange that does not answer is asked again until the deadline;
the others do not wait for it.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot_trading import settings
from bot_trading.clock import now_us
from bot_trading.errors import BotTradingError, ConfigError, ExchangeUnavailable, RateLimited
from bot_trading.exchange_clients import build_exchanges, read_credentials
from bot_trading.execution.ids import KILL_SWITCH
from bot_trading.halt_sign import Sign, leave, sign_folder
from bot_trading.killing import KillOrder, KillReport, kill
from bot_trading.ports import ExchangeClient, TakesRiskAway
from bot_trading.risk.limits import RiskLimits

__all__ = ["app", "kill_all", "main"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_CONFIRMATION = "remove all stops"
_DEADLINE_S = 30.0
_AGAIN_S = 0.5


@app.command()
def switch(
    config: Annotated[Path, typer.Option(help="The configuration.")] = settings.DEFAULT_CONFIG,
    who: Annotated[str, typer.Option(help="Who pulls it; kept with the reason.")] = "",
    why: Annotated[str, typer.Option(help="Why.")] = "kill switch",
    close: Annotated[bool, typer.Option("--close", help="Also close every leg.")] = False,
    everything: Annotated[
        bool, typer.Option("--everything", help="Also remove the stops of legs that stay open.")
    ] = False,
    confirm: Annotated[
        str, typer.Option(help=f"With --everything: the words '{_CONFIRMATION}'.")
    ] = "",
    resume: Annotated[
        bool, typer.Option("--resume", help="Touch no order: let the bot trade again.")
    ] = False,
    sign_only: Annotated[
        bool, typer.Option("--sign-only", help="Touch no order: tell the bot to halt.")
    ] = False,
    deadline: Annotated[
        float, typer.Option(min=1, help="Seconds until an exchange is given up.")
    ] = _DEADLINE_S,
) -> None:
    """Cancel every order but the stops of open legs, and prove it by reading back."""
    console = Console(soft_wrap=True, highlight=False)
    chosen = settings.load(config)
    folder = sign_folder(chosen.logging.folder)
    if resume:
        if not who:
            raise ConfigError("--resume needs --who: a person takes the responsibility by name")
        leave(folder, Sign(resumes=True, who=who, why=why))
        console.print(f"the bot was told to resume, by {who}: {why}")
        return
    if everything and confirm != _CONFIRMATION:
        raise ConfigError(
            "--everything leaves legs that stay open without a stop, also those that --close could "
            f"not close: repeat it with --confirm '{_CONFIRMATION}', or leave it out"
        )
    leave(folder, Sign(resumes=False, who=who or "kill switch", why=why))
    if sign_only:
        console.print("the bot was told to halt; no order was touched")
        return
    order = KillOrder(ident=secrets.token_hex(4), closes=close, everything=everything)
    exchanges = build_exchanges(chosen, read_credentials(chosen), account=KILL_SWITCH)
    clients = {name: exchanges.client(name) for name in exchanges.names}
    limits = settings.core_config(chosen, KILL_SWITCH).limits

    def tell(report: KillReport) -> None:
        _tell(report, console)

    reports = asyncio.run(kill_all(clients, order, limits, deadline_s=deadline, tell=tell))
    if any(report.left for report in reports):
        raise typer.Exit(1)


async def kill_all(
    clients: Mapping[str, ExchangeClient],
    order: KillOrder,
    limits: RiskLimits,
    *,
    deadline_s: float = _DEADLINE_S,
    tell: Callable[[KillReport], object] = bool,
) -> Sequence[KillReport]:
    """Every exchange at the same time; whatever fails on one stops none of the others.

    `tell` is given each report as soon as its exchange is done, or given up after `deadline_s`.
    """

    async def report_on(name: str, client: ExchangeClient) -> KillReport:
        work = _kill_one(name, client, order, limits, deadline_s)
        [outcome] = await asyncio.gather(work, return_exceptions=True)
        if isinstance(outcome, BaseException):
            outcome = _not_done(name, f"failed: {outcome!r}", 0)
        tell(outcome)
        return outcome

    return await asyncio.gather(*(report_on(name, client) for name, client in clients.items()))


async def _kill_one(
    name: str, client: ExchangeClient, order: KillOrder, limits: RiskLimits, deadline_s: float
) -> KillReport:
    """Connect, kill, close; whatever goes wrong is what the report says. Neither account nor key is
    proven: what forbids trading is no reason to leave it at risk."""
    began_us, refusals = now_us(), list[str]()
    try:
        async with asyncio.timeout(deadline_s):
            await _reach(client, refusals)
            try:
                return await kill(client, order, limits, now_us)
            finally:
                await client.close()
    except (BotTradingError, TimeoutError) as error:
        silence = f"no answer in {deadline_s:g} s"
        why = str(error) or "; ".join([silence, *refusals[-1:]])
        return _not_done(name, f"could not be reached: {why}", (now_us() - began_us) // 1_000)


async def _reach(client: ExchangeClient, refusals: list[str]) -> None:
    """Connect, as often as it takes; why it failed is added to `refusals`.

    Ends with the caller's deadline, or with what no waiting mends.
    """
    while True:
        try:
            await (client.connect() if isinstance(client, TakesRiskAway) else client.open())
        except (ExchangeUnavailable, RateLimited) as error:
            refusals.append(str(error))
            await asyncio.sleep(_AGAIN_S)
        else:
            return


def _not_done(name: str, why: str, elapsed_ms: int) -> KillReport:
    left = (f"{name} {why}",)
    return KillReport(
        exchange=name, canceled=0, kept=0, open_legs=0, left=left, elapsed_ms=elapsed_ms
    )


def _tell(report: KillReport, console: Console) -> None:
    console.print(
        f"{report.exchange}: {report.canceled} orders canceled, {report.kept} stops kept, "
        f"{report.open_legs} legs open, {_when_clean(report)}"
    )
    for sentence in report.left:
        console.print(f"NOT DONE {report.exchange}: {sentence}", style="bold red")


def _when_clean(report: KillReport) -> str:
    if report.clean_ms is None:
        return f"not clean after {report.elapsed_ms} ms"
    return f"clean after {report.clean_ms} ms, read again after {report.elapsed_ms} ms"


def main() -> None:
    """Run the command; a refusal is one sentence on stderr and exit code 2."""
    try:
        app()
    except BotTradingError as error:
        stderr = Console(stderr=True, soft_wrap=True, highlight=False)
        stderr.print(f"{type(error).__name__}: {error}", style="red", markup=False)
        sys.exit(2)


if __name__ == "__main__":
    main()
