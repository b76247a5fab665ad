"""Folders of copies that their readers may change: a changed copy is never overwritten."""

import hashlib
import json
import os


def digest(data):
    return hashlib.sha256(data).hexdigest()


def write(path, data):
    """Write a file in one step: a reader finds the old one or the new one, never a half."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.write_bytes(data)
    half.replace(path)


def place(folder, stem, data, record, suffix=".ipynb"):
    """Write a copy without touching one that was changed by hand; return a word on what was done.

    `record` remembers, per chapter, the text last made and the files as they were written.
    """
    known = record.setdefault(stem, {"made": "", "files": {}})
    names = [f"{stem}{more}{suffix}" for more in ("", ".new", *(f".new{i}" for i in range(2, 99)))]
    kept = []
    for name in names:
        path = folder / name
        ours = known["files"].get(name)
        if path.exists() and digest(path.read_bytes()) != ours:
            kept.append(name)
            if known["made"] == digest(data):
                return f"{name}: yours, kept; nothing newer to offer"
            continue
        write(path, data)
        known["files"][name], known["made"] = digest(data), digest(data)
        if kept:
            return f"{kept[0]}: changed by you, kept; the new one is {name}"
        return f"{name}: written"
    return f"{stem}: too many changed copies; tidy {folder}"


class Folder:
    """A folder of copies, and what was written there last."""

    def __init__(self, path):
        self.path, self.memory = path, path / ".written.json"
        path.mkdir(parents=True, exist_ok=True)
        known = self.memory.is_file()
        self.record = json.loads(self.memory.read_text(encoding="utf-8")) if known else {}

    def place(self, stem, data, suffix=".ipynb"):
        word = place(self.path, stem, data, self.record, suffix)
        write(self.memory, json.dumps(self.record, indent=1).encode())
        return word
