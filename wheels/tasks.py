# SPDX-License-Identifier: Apache-2.0
"""Run independent pieces of work in parallel; one that fails does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Generic, TypeVar

from wheels.command import kill_all, start_again
from wheels.errors import DiskFullError, ReadOnlyError, WheelsError, from_os_error
from wheels.progress import Progress, Stopwatch

T = TypeVar("T")
FATAL = (DiskFullError, ReadOnlyError)  # every other piece of work would fail alike


@dataclass(frozen=True, kw_only=True)
class Task(Generic[T]):
    """One piece of work; `after` names tasks that must have succeeded first."""

    name: str
    work: Callable[[], tuple[T, str]]
    """Does it, and returns the result and a note for people."""
    after: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Outcome(Generic[T]):
    """A result, or the error that came instead; and the seconds it took."""

    result: T | None
    error: WheelsError | None
    note: str
    seconds: float


def run_all(
    stage: str, tasks: Sequence[Task[T]], *, jobs: int, progress: Progress
) -> Mapping[str, Outcome[T]]:
    """Run the tasks on `jobs` threads, in order; raise only what makes going on useless."""
    start_again()
    done: dict[str, Outcome[T]] = {}
    waiting = list(tasks)
    names = {task.name for task in tasks}
    running: dict[Future[Outcome[T]], Task[T]] = {}
    if tasks:
        progress.stage(stage, len(tasks))
    with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
        try:
            while waiting or running:
                for task in [t for t in waiting if _is_ready(t, names, done)]:
                    waiting.remove(task)
                    running[pool.submit(_run, task, done)] = task
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    task = running.pop(future)
                    outcome = future.result()
                    done[task.name] = outcome
                    progress.done(task.name, outcome.note, outcome.seconds)
                    if isinstance(outcome.error, FATAL):
                        raise outcome.error
        except BaseException:
            for future in running:
                future.cancel()
            kill_all()
            raise
    return done


def _is_ready(task: Task[T], names: set[str], done: Mapping[str, Outcome[T]]) -> bool:
    return all(name in done for name in task.after if name in names)


def _run(task: Task[T], done: Mapping[str, Outcome[T]]) -> Outcome[T]:
    for name in task.after:
        if name in done and done[name].error:
            error = WheelsError(f"{task.name}: not tried", why=f"{name} failed")
            return Outcome(result=None, error=error, note=f"not tried: {name} failed", seconds=0.0)
    watch = Stopwatch()
    try:
        result, note = task.work()
    except WheelsError as error:
        note = f"FAILED: {error.what.splitlines()[0]}"
        return Outcome(result=None, error=error, note=note, seconds=watch.seconds)
    except OSError as error:
        ours = from_os_error(error, f"{task.name} failed")
        return Outcome(result=None, error=ours, note=f"FAILED: {ours.what}", seconds=watch.seconds)
    return Outcome(result=result, error=None, note=note, seconds=watch.seconds)
