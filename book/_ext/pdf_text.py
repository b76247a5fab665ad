"""Text that can be searched and copied from the printed book.

Chromium maps a glyph that two characters share to the lower code point: 力 is stored as the
radical ⼒, and a search for 算力 finds nothing; ``fl`` drawn as one glyph becomes ﬂ. The pages stay
as they are; only the tables that say which character a glyph stands for are mended.
"""

import re
import unicodedata

from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, StreamObject

# Kangxi radicals, their supplement, and Latin ligatures.
LOOKALIKE = re.compile("[\u2e80-\u2fdf\ufb00-\ufb06]")
# Radicals of the supplement that Unicode does not decompose, and the characters they look like.
RADICALS = str.maketrans(
    "⻁⻄⻅⻆⻉⻋⻑⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⺠",
    "虎西见角贝车長长门青韦页风飞食马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙民",
)
CHARACTER = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
RANGE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
BLOCK = re.compile(rb"\d+\s+beginbf(char|range)(.*?)endbf\1\s*", re.S)


def mended(table):
    """A ToUnicode table with plain characters in place of look-alikes; None if it has none."""
    found, digits = {}, 2
    for kind, block in BLOCK.findall(table):
        for first, *last, text in (RANGE if kind == b"range" else CHARACTER).findall(block):
            digits, start = len(first), int(first, 16)
            stop = int(last[0], 16) if last else start
            written = bytes.fromhex(text.decode()).decode("utf-16-be")
            for step in range(stop - start + 1):
                found[start + step] = written[:-1] + chr(ord(written[-1]) + step)
    if not any(LOOKALIKE.search(text) for text in found.values()):
        return None
    lines = [
        f"<{code:0{digits}X}> <{_plain(text).encode('utf-16-be').hex().upper()}>"
        for code, text in sorted(found.items())
    ]
    blocks = [lines[start : start + 100] for start in range(0, len(lines), 100)]
    written = "".join(f"{len(b)} beginbfchar\n" + "\n".join(b) + "\nendbfchar\n" for b in blocks)
    head, tail = BLOCK.split(table, 1)[0], re.split(rb"endbf(?:char|range)\s*", table)[-1]
    return head + written.encode() + tail


def _plain(text):
    known = text.translate(RADICALS)
    return LOOKALIKE.sub(lambda match: unicodedata.normalize("NFKC", match[0]), known)


def readable(source, target):
    """Write ``source`` to ``target`` with every font's table mended."""
    writer = PdfWriter(clone_from=source)
    for thing in writer._objects:
        table = thing.get("/ToUnicode") if isinstance(thing, DictionaryObject) else None
        data = mended(table.get_object().get_data()) if table else None
        if data is not None:
            stream = StreamObject()
            stream.set_data(data)
            thing[NameObject("/ToUnicode")] = writer._add_object(stream.flate_encode())
    writer.write(target)
