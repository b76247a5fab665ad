"""Feed the readers and ``isoflop fit`` for a stated time; say how many inputs they were given.

    python tests/bench/fuzz.py 600

The inputs are those of ``tests/test_fuzz.py``, drawn anew in every round, so that no two calls
try the same. Ends at the first input that is neither read nor refused with a reason: Hypothesis
prints it, as small as it can make it, and the exit code is 1.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

os.environ.setdefault("ISOFLOP_FUZZ", "200")  # examples a round and test; before the import
sys.path.insert(0, str(Path(__file__).parents[1]))

import test_fuzz as fuzz

TESTS = (
    fuzz.test_bytes,
    fuzz.test_tables,
    fuzz.test_json_lines,
    fuzz.test_a_good_table_damaged,
    fuzz.test_no_traceback_from_the_command_line,
    fuzz.test_names_of_any_kind_in_a_report,
)


def counting(name: str, call, counts: Counter):
    def counted(*given, **more):
        counts[name] += 1
        return call(*given, **more)

    return counted


def main(seconds: float) -> int:
    counts, start, rounds = Counter(), time.monotonic(), 0
    fuzz.reads = counting("files read", fuzz.reads, counts)
    fuzz.isoflop = counting("commands run", fuzz.isoflop, counts)
    while time.monotonic() - start < seconds:
        for test in TESTS:
            try:
                test()
            except BaseException:
                traceback.print_exc()
                print(f"{test.__name__} found something; so far {dict(counts)}")
                return 1
        rounds += 1
    spent = time.monotonic() - start
    print(f"{sum(counts.values())} inputs in {spent:.0f} s, {rounds} rounds: {dict(counts)}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python tests/bench/fuzz.py SECONDS")
    raise SystemExit(main(float(sys.argv[1])))
