"""What the demo shows: a live bar for each step, and the tables at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from attrs import define, field, frozen
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table

from autoleap import BulkProgress, BulkReport, Page, Stats

from .refusals import Refusal

T = TypeVar("T")

MOST_PROBLEMS = 5


@frozen
class Check:
    """Something the demo promises, and what speaks against it."""

    promise: str
    problems: Sequence[str] = ()


@define
class Step:
    """What one step has done so far and what it has cost, and the bar that shows it."""

    title: str
    bars: Progress
    bar: TaskID
    total: int | None
    before: Stats
    after: Stats = field(factory=Stats)
    rows: int = 0
    failed: int = 0
    batches: int = 0
    seconds: float = 0.0
    _began: float = field(factory=time.monotonic)

    @property
    def figures(self) -> tuple[float, ...]:
        """Rows, failures, batches, requests, refreshes, waits and seconds, for the summary."""
        return (
            *(self.rows, self.failed, self.batches),
            self.after.attempts - self.before.attempts,
            self.after.refreshes - self.before.refreshes,
            self.after.waits - self.before.waits,
            self.seconds,
        )

    def wrote(self, so_far: BulkProgress | BulkReport) -> None:
        """Show how far a bulk call has come."""
        self.rows, self.batches = so_far.done, so_far.batches
        self.failed = so_far.failed + so_far.unknown
        self.show()

    def read(self, page: Page[T]) -> None:
        """Show that one more page of a list has been read."""
        self.rows, self.total = self.rows + len(page.items), page.total_count
        self.show()

    def show(self) -> None:
        """Move the bar to where the step is now."""
        self.seconds = time.monotonic() - self._began
        done = self.rows + self.failed
        count = f"{done:,}/{self.total:,}" if self.total is not None else f"{done:,}"
        rate = _rate(done, self.seconds)
        self.bars.update(self.bar, completed=done, total=self.total, count=count, rate=f"{rate}/s")


class Screen:
    """Shows a job on a console; without a terminal, each step when it has ended.

    Args:
        console: Where to show it.
        stats: Gives the counters of the client that does the job.
    """

    def __init__(self, console: Console, stats: Callable[[], Stats]) -> None:
        self._console, self._stats = console, stats
        self._steps: list[Step] = []

    def say(self, text: str) -> None:
        """Show some lines."""
        self._console.print(text, highlight=False, soft_wrap=True)

    @contextmanager
    def step(self, title: str, total: int | None = None) -> Generator[Step]:
        """Show a bar while a step is on its way, and keep what the step did and cost."""
        with _bars(self._console) as bars:
            bar = bars.add_task(title, total=total, count="", rate="")
            step = Step(title, bars, bar, total, before=self._stats())
            yield step
            step.total = step.rows + step.failed
            step.show()
        step.after = self._stats()
        self._steps.append(step)

    def summary(self) -> None:
        """Show what each step did and cost, and the sum of it."""
        table = _table(
            "Step", "Rows", "Failed", "Batches", "Requests", "Refreshes", "Waits", "Secs", "Rows/s"
        )
        for column in table.columns[1:]:
            column.justify = "right"
        for step in self._steps:
            table.add_row(step.title, *_cells(step.figures))
        figures = zip(*(step.figures for step in self._steps), strict=True)
        table.add_row("Total", *_cells([sum(column) for column in figures]), style="bold")
        self._console.print(table)

    def refusals(self, refusals: Sequence[Refusal]) -> None:
        """Show each row that was not created, with its field, its reason and its vehicles."""
        table = _table("Row", "Reference", "Field", "Reason", "Held back")
        table.columns[0].justify = "right"
        for one in refusals:
            cells = (f"{one.row:,}", one.ref, one.field, one.reason, "\n".join(one.vehicles))
            table.add_row(*map(escape, cells))
        self._console.print(table)

    def checks(self, checks: Sequence[Check]) -> None:
        """Show each promise, and of one that is broken the first few reasons."""
        for check in checks:
            mark = "[red]NO [/]" if check.problems else "[green]yes[/]"
            self.say(f"{mark} {escape(check.promise)}")
            for problem in check.problems[:MOST_PROBLEMS]:
                self.say(f"    {escape(problem)}")
            if len(check.problems) > MOST_PROBLEMS:
                self.say(f"    and {len(check.problems) - MOST_PROBLEMS:,} more")


def _bars(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<22}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[count]:>13}"),
        TextColumn("{task.fields[rate]:>9}"),
        console=console,
    )


def _table(*headings: str) -> Table:
    return Table(*headings, box=None, pad_edge=False, padding=(0, 1, 0, 0))


def _cells(figures: Sequence[float]) -> list[str]:
    *counts, seconds = figures
    rate = _rate(counts[0] + counts[1], seconds)
    return [*(f"{count:,.0f}" if count else "-" for count in counts), f"{seconds:.1f}", rate]


def _rate(rows: float, seconds: float) -> str:
    return f"{rows / seconds:,.0f}" if seconds else ""
