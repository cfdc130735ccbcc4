# SPDX-License-Identifier: Apache-2.0
"""Threads, forks and the end of the interpreter."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import trivet as tv


def test_threads_compute_at_the_same_time() -> None:
    """Results are right when many threads use the same arrays."""
    a = tv.asarray(np.random.default_rng(0).standard_normal((300, 300)))
    expected = np.asarray(a @ a + a).sum()

    def work(_: int) -> float:
        return float((a @ a + a).sum())

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(64)))

    np.testing.assert_allclose(results, expected)


def test_large_work_releases_the_lock() -> None:
    """Another Python thread makes progress while a kernel runs."""
    progress: list[int] = []
    stop = threading.Event()

    def count() -> None:
        while not stop.is_set():
            progress.append(1)
            time.sleep(0.0002)  # gives the lock up, and needs it back

    a = tv.ones(4_000_000)
    thread = threading.Thread(target=count)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(10)  # nobody is made to give up the lock
    try:
        thread.start()
        for _ in range(20):
            tv.exp(a)
        reached = len(progress)
    finally:
        stop.set()
        sys.setswitchinterval(interval)
        thread.join()

    assert reached > 5


def test_memory_is_freed_from_a_thread_without_the_lock() -> None:
    """NumPy memory whose last user is another thread's result is released safely."""

    def work(_: int) -> float:
        host = np.ones(200_000)
        return float((tv.asarray(host) * 2)[::2].sum())

    with ThreadPoolExecutor(4) as pool:
        assert {200_000.0} == set(pool.map(work, range(40)))


def test_thread_count_is_set_and_checked() -> None:
    """set_num_threads is read back; below 1 is a ValueError."""
    before = tv.get_num_threads()
    try:
        tv.set_num_threads(1)
        assert 1 == tv.get_num_threads()
        with pytest.raises(ValueError, match="thread"):
            tv.set_num_threads(0)
    finally:
        tv.set_num_threads(before)


def _child(queue: multiprocessing.Queue[float]) -> None:
    a = tv.ones((400, 400))
    queue.put(float((a @ a).sum() + tv.exp(tv.zeros(1_000_000)).sum()))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_computes() -> None:
    """The pool and the backend work in a child forked after they were used."""
    tv.exp(tv.zeros(1_000_000))
    tv.ones((400, 400)) @ tv.ones((400, 400))
    context = multiprocessing.get_context("fork")
    queue: multiprocessing.Queue[float] = context.Queue()
    child = context.Process(target=_child, args=(queue,))
    child.start()
    result = queue.get(timeout=30)
    child.join(30)

    assert 400.0**3 + 1_000_000 == result
    assert 0 == child.exitcode


def run(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_arrays_outlive_the_interpreter_quietly() -> None:
    """Globals, borrowed memory and cycles at exit print nothing and end with 0."""
    result = run(
        "import numpy as np, trivet as tv\n"
        "a = tv.asarray(np.ones(10)); b = np.asarray(tv.arange(5)); c = a @ a\n"
        "class K: pass\n"
        "k = K(); k.me = k; k.array = a[1:]; d = tv.float32; e = a.__dlpack__()\n"
    )

    assert (0, "", "") == (result.returncode, result.stdout, result.stderr)


def test_importing_loads_neither_numpy_nor_json_nor_a_backend() -> None:
    """What start-up does not need is not imported; no thread is started."""
    result = run(
        "import sys, trivet\n"
        "heavy = {'numpy', 'json', 'importlib.metadata', 'typing', 'dataclasses', 'pathlib'}\n"
        "print(sorted(heavy & set(sys.modules)), trivet._core.has_backend())\n"
        "print(open('/proc/self/status').read().split('Threads:')[1].split()[0])\n"
    )

    lines = result.stdout.split("\n")
    bare = run("import sys; print(sorted({'typing', 'pathlib'} & set(sys.modules)))").stdout
    assert [bare.strip() + " False", "1"] == lines[:2] or ["[] False", "1"] == lines[:2]
