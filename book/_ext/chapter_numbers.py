"""Chapters keep the number in their file's name, so that 07_profiles is chapter 7.

Sphinx numbers the files of a numbered table of contents 1, 2, 3 …; while some chapters are not
written yet that would call the seventh the third. Section, figure, table, equation and exercise
numbers all start from the same place, which is corrected here once.
"""

import re
from pathlib import PurePosixPath

from docutils import nodes


def number_of(docname):
    """The leading number of a file's name, or None."""
    match = re.match(r"(\d+)_", PurePosixPath(docname).name)
    return int(match[1]) if match else None


def _renumbered(numbers, chapter):
    return (chapter, *numbers[1:]) if numbers else numbers


def renumber(app, env):
    """Give every numbered chapter the number of its file."""
    changed = []
    for docname, sections in env.toc_secnumbers.items():
        chapter = number_of(docname)
        if chapter is None or (sections.get("") or (chapter,))[0] == chapter:
            continue
        changed.append(docname)
        env.toc_secnumbers[docname] = {k: _renumbered(v, chapter) for k, v in sections.items()}
        for kind, figures in env.toc_fignumbers.get(docname, {}).items():
            env.toc_fignumbers[docname][kind] = {
                k: _renumbered(v, chapter) for k, v in figures.items()
            }
        for entry in env.tocs[docname].findall(nodes.reference):
            entry["secnumber"] = _renumbered(entry.get("secnumber"), chapter)
        env.titles[docname]["secnumber"] = _renumbered(
            env.titles[docname].get("secnumber"), chapter
        )
    return changed


def setup(app):
    # After Sphinx's own numbering, which runs at the default priority of 500.
    app.connect("env-get-updated", renumber, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
