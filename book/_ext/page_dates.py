"""When each page last changed: the day git has for its file and for the files it is made from.

Without git, or with a shallow clone that has not the history, the day of ``SOURCE_DATE_EPOCH``;
without that, none.
"""

import os
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

LOG = ["-c", "core.quotepath=off", "log", "--format=%x00%cs", "--name-only", "--no-renames"]


def _git(root, *arguments):
    command = ["git", "-C", str(root), *arguments]
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:  # no git
        return ""
    return run.stdout if run.returncode == 0 else ""


def history(root):
    """{file: day of its last commit}, from one pass over the history; empty where there is none."""
    if _git(root, "rev-parse", "--is-shallow-repository").strip() != "false":
        return {}
    found = {}
    for commit in _git(root, *LOG, "--relative").split("\0")[1:]:
        day, *names = [line for line in commit.splitlines() if line]
        for name in names:
            found.setdefault(name, date.fromisoformat(day))
    return found


def fallback():
    """The day of ``SOURCE_DATE_EPOCH``, or None."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    return datetime.fromtimestamp(int(seconds), UTC).date() if seconds.isdigit() else None


def page_dates(env):
    """{page: day}: the latest of its own file and of those it noted as dependencies."""
    root = Path(env.srcdir)
    known, days = history(root), {}
    for page in env.found_docs:
        own = Path(env.doc2path(page)).relative_to(root).as_posix()
        files = {own, *(str(name) for name in env.dependencies.get(page, ()))}
        found = [known[name] for name in files if name in known]
        days[page] = max(found) if found else fallback()
    return days


def update(app, env):
    """Note the days; a page whose day is another is written again."""
    before, env.page_dates = getattr(env, "page_dates", {}), page_dates(env)
    return [page for page, day in env.page_dates.items() if before.get(page, day) != day]


def setup(app):
    app.connect("env-updated", update)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
