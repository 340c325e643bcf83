"""Await races: what changes under an await is found, and what is guarded, owned or local is not."""

import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.codelint import analyse

CLASS = """
import asyncio

class Desk:
    def __init__(self):
        self.lock = asyncio.Lock()
        self.pair = asyncio.Semaphore(2)
        self.balance = 0
        self.open = {{}}

    async def go(self, venue, key):
{body}
"""


def rules(tmp_path: Path, body: str, tail: str = "") -> list[str]:
    """The rule ids found in a method with this body."""
    text = CLASS.format(body=textwrap.indent(textwrap.dedent(body).strip("\n"), " " * 8))
    (tmp_path / "desk.py").write_text(text + textwrap.indent(textwrap.dedent(tail), "    "))
    return sorted(finding.rule_id for finding in analyse(tmp_path).findings)


def test_write_under_a_stale_check_is_found(tmp_path: Path) -> None:
    """A condition, an await, then the write."""
    assert rules(
        tmp_path,
        """
        if self.balance > 5:
            await venue.ask()
            self.balance -= 5
    """,
    ) == ["D23"]


def test_guard_clause_is_a_check(tmp_path: Path) -> None:
    """Returning early makes the rest depend on the condition."""
    assert rules(
        tmp_path,
        """
        if self.balance < 5:
            return
        await venue.ask()
        self.balance -= 5
    """,
    ) == ["D23"]


def test_both_branches_met_again_depend_on_nothing(tmp_path: Path) -> None:
    """After the branches join, the write does not depend on the condition."""
    assert (
        rules(
            tmp_path,
            """
        if self.balance < 5:
            venue.note()
        await venue.ask()
        self.balance = 7
    """,
        )
        == []
    )


def test_check_again_after_the_await_is_innocent(tmp_path: Path) -> None:
    """A second check makes the first one irrelevant."""
    assert (
        rules(
            tmp_path,
            """
        if self.balance > 5:
            await venue.ask()
            if self.balance > 5:
                self.balance -= 5
    """,
        )
        == []
    )


def test_lock_over_both_is_innocent(tmp_path: Path) -> None:
    """One lock held from the check to the write."""
    assert (
        rules(
            tmp_path,
            """
        async with self.lock:
            if self.balance > 5:
                await venue.ask()
                self.balance -= 5
    """,
        )
        == []
    )


def test_two_lock_regions_do_not_protect(tmp_path: Path) -> None:
    """The lock is released between the check and the write."""
    assert rules(
        tmp_path,
        """
        async with self.lock:
            if self.balance < 5:
                return
        await venue.ask()
        async with self.lock:
            self.balance -= 5
    """,
    ) == ["D23"]


def test_semaphore_of_two_does_not_protect(tmp_path: Path) -> None:
    """Two tasks are inside at once."""
    assert rules(
        tmp_path,
        """
        async with self.pair:
            if self.balance > 5:
                await venue.ask()
                self.balance -= 5
    """,
    ) == ["D23"]


def test_lock_held_by_every_caller_protects(tmp_path: Path) -> None:
    """A private method that is only called under the lock."""
    assert (
        rules(
            tmp_path,
            """
        async with self.lock:
            await self._spend(venue)
    """,
            """
        async def _spend(self, venue):
            if self.balance > 5:
                await venue.ask()
                self.balance -= 5
    """,
        )
        == []
    )


def test_single_writer_loop_is_innocent(tmp_path: Path) -> None:
    """State that one task alone writes cannot change under that task's awaits."""
    (tmp_path / "desk.py").write_text(
        textwrap.dedent("""
        import asyncio

        class Desk:
            def __init__(self, inbox):
                self.inbox = inbox
                self.seen = set()

            async def start(self):
                self.task = asyncio.create_task(self._run())
                await self.task

            async def _run(self):
                while True:
                    item = await asyncio.wait_for(self.inbox.get(), 5)
                    await self._handle(item)

            async def _handle(self, item):
                if item.id in self.seen:
                    return
                await item.apply()
                self.seen.add(item.id)
    """)
    )
    assert analyse(tmp_path).findings == ()


def test_same_loop_started_per_request_is_found(tmp_path: Path) -> None:
    """Spawned in a loop, the same method runs in many tasks."""
    (tmp_path / "desk.py").write_text(
        textwrap.dedent("""
        import asyncio

        class Desk:
            def __init__(self):
                self.seen = set()

            async def start(self, items):
                async with asyncio.TaskGroup() as group:
                    for item in items:
                        group.create_task(self._handle(item))

            async def _handle(self, item):
                if item.id in self.seen:
                    return
                await item.apply()
                self.seen.add(item.id)
    """)
    )
    assert [finding.rule_id for finding in analyse(tmp_path).findings] == ["D27"]


def test_await_that_never_suspends_is_no_await(tmp_path: Path) -> None:
    """A coroutine without an await of its own runs to its end."""
    assert (
        rules(
            tmp_path,
            """
        if self.balance > 5:
            await self._nothing()
            self.balance -= 5
    """,
            """
        async def _nothing(self):
            return 1
    """,
        )
        == []
    )


@pytest.mark.parametrize(
    "body",
    [
        "if key.done:\n    return\nawait venue.ask()\nkey.done = True",
        "total = 0\nfor _ in key:\n    old = total\n    await venue.ask()\n    total = old + 1",
        "if self.open:\n    return\nawait venue.ask()\nself.balance = 1",
        "if self.balance is not None:\n    await venue.close()\n    self.balance = None",
    ],
)
def test_known_false_alarms_of_such_rules_stay_silent(tmp_path: Path, body: str) -> None:
    """Parameters, locals, unrelated properties, and teardown."""
    assert rules(tmp_path, body) == []


def test_lookup_that_fails_is_a_check(tmp_path: Path) -> None:
    """`try: return d[k]`, `except KeyError: d[k] = await …`."""
    assert rules(
        tmp_path,
        """
        try:
            return self.open[key]
        except KeyError:
            self.open[key] = await venue.ask()
            return self.open[key]
    """,
    ) == ["D27"]


def test_other_element_is_another_place(tmp_path: Path) -> None:
    """What is checked under one key is not what is written under another."""
    assert (
        rules(
            tmp_path,
            """
        if "a" in self.open:
            return
        await venue.ask()
        self.open["b"] = 1
    """,
        )
        == []
    )


STATEMENTS = st.recursive(
    st.sampled_from(
        [
            "self.balance += 1",
            "await venue.ask()",
            "self.balance = self.balance + 1",
            "return",
            "value = self.balance",
            "self.balance = value",
            "self.open[key] = 1",
            "venue.note()",
        ]
    ).map(lambda line: [line]),
    lambda inner: st.one_of(
        st.tuples(
            st.sampled_from(
                [
                    "if self.balance:",
                    "while self.balance:",
                    "for x in key:",
                    "async with self.lock:",
                    "try:",
                ]
            ),
            inner,
        ).map(
            lambda pair: (
                [pair[0], *("    " + line for line in pair[1])]
                + (["finally:", "    venue.note()"] if pair[0] == "try:" else [])
            )
        ),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: [s for p in parts for s in p]),
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(body=STATEMENTS)
def test_any_body_is_analysed_and_a_lock_over_all_silences_the_races(
    body: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No shape of body breaks the analysis, and one lock around everything leaves no race."""
    root = tmp_path_factory.mktemp("tree")
    locked = ["async with self.lock:", *("    " + line for line in body)]
    found = rules(root, "\n".join(locked).replace("async with self.lock:\n    async with", "if 1:"))
    assert not {"D23", "D24", "D25", "D26", "D27"} & set(found)
