"""Output of the demo: a progress bar for each step, and tables at the end."""

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

MAX_PROBLEMS = 5


@frozen
class Check:
    """A check and its problems; it passes if there are none."""

    text: str
    problems: Sequence[str] = ()


@define
class Step:
    """Progress and cost of one step, with its progress bar."""

    title: str
    bars: Progress
    bar: TaskID
    total: int | None
    stats_before: Stats
    stats_after: Stats = field(factory=Stats)
    rows: int = 0
    failed: int = 0
    batches: int = 0
    seconds: float = 0.0
    _started_at: float = field(factory=time.monotonic)

    @property
    def figures(self) -> tuple[float, ...]:
        """Rows, failures, batches, requests, refreshes, waits and seconds, for the summary."""
        return (
            *(self.rows, self.failed, self.batches),
            self.stats_after.attempts - self.stats_before.attempts,
            self.stats_after.refreshes - self.stats_before.refreshes,
            self.stats_after.waits - self.stats_before.waits,
            self.seconds,
        )

    def show_progress(self, progress: BulkProgress | BulkReport) -> None:
        """Show the progress of a bulk call."""
        self.rows, self.batches = progress.done, progress.batches
        self.failed = progress.failed + progress.unknown
        self.update_bar()

    def show_page(self, page: Page[T]) -> None:
        """Show that one more page of a list was read."""
        self.rows, self.total = self.rows + len(page.items), page.total_count
        self.update_bar()

    def update_bar(self) -> None:
        """Update the progress bar."""
        self.seconds = time.monotonic() - self._started_at
        done = self.rows + self.failed
        count = f"{done:,}/{self.total:,}" if self.total is not None else f"{done:,}"
        rate = _format_rate(done, self.seconds)
        self.bars.update(self.bar, completed=done, total=self.total, count=count, rate=f"{rate}/s")


class Screen:
    """Output on a console. Without a terminal, each step is printed when it ends.

    Args:
        console: Console of the `rich` package.
        stats: Returns the counters of the client.
    """

    def __init__(self, console: Console, stats: Callable[[], Stats]) -> None:
        self._console, self._stats = console, stats
        self._steps: list[Step] = []

    def print(self, text: str) -> None:
        """Print text."""
        self._console.print(text, highlight=False, soft_wrap=True)

    @contextmanager
    def step(self, title: str, total: int | None = None) -> Generator[Step]:
        """Show a progress bar during a step, and keep its figures for `print_steps`."""
        with _create_bars(self._console) as bars:
            bar = bars.add_task(title, total=total, count="", rate="")
            step = Step(title, bars, bar, total, stats_before=self._stats())
            yield step
            step.total = step.rows + step.failed
            step.update_bar()
        step.stats_after = self._stats()
        self._steps.append(step)

    def print_steps(self) -> None:
        """Print the figures of each step, and their sums."""
        table = _create_table(
            "Step",
            "Rows",
            "Failed",
            "Batches",
            "Requests",
            "Refreshes",
            "Waits",
            "Secs",
            "Rows/s",
        )
        for column in table.columns[1:]:
            column.justify = "right"
        for step in self._steps:
            table.add_row(step.title, *_format_cells(step.figures))
        figures = zip(*(step.figures for step in self._steps), strict=True)
        table.add_row("Total", *_format_cells([sum(column) for column in figures]), style="bold")
        self._console.print(table)

    def print_refusals(self, refusals: Sequence[Refusal]) -> None:
        """Print each row that was not created, with its field, its reason and its vehicles."""
        table = _create_table("Row", "Reference", "Field", "Reason", "Vehicles not sent")
        table.columns[0].justify = "right"
        for item in refusals:
            cells = (f"{item.row:,}", item.ref, item.field, item.reason, "\n".join(item.vehicles))
            table.add_row(*map(escape, cells))
        self._console.print(table)

    def print_checks(self, checks: Sequence[Check]) -> None:
        """Print each check, and the first problems of each check that failed."""
        for check in checks:
            mark = "[red]failed[/]" if check.problems else "[green]passed[/]"
            self.print(f"{mark} {escape(check.text)}")
            for problem in check.problems[:MAX_PROBLEMS]:
                self.print(f"    {escape(problem)}")
            if len(check.problems) > MAX_PROBLEMS:
                self.print(f"    and {len(check.problems) - MAX_PROBLEMS:,} more")


def _create_bars(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<22}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[count]:>13}"),
        TextColumn("{task.fields[rate]:>9}"),
        console=console,
    )


def _create_table(*headings: str) -> Table:
    return Table(*headings, box=None, pad_edge=False, padding=(0, 1, 0, 0))


def _format_cells(figures: Sequence[float]) -> list[str]:
    *counts, seconds = figures
    rate = _format_rate(counts[0] + counts[1], seconds)
    return [*(f"{count:,.0f}" if count else "-" for count in counts), f"{seconds:.1f}", rate]


def _format_rate(rows: float, seconds: float) -> str:
    return f"{rows / seconds:,.0f}" if seconds else ""
