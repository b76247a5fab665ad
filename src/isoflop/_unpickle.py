"""Opening Porian et al.'s tables: pickles, so an exact list of what they may name and no more.

A pickle can name any function and call it. These name fourteen things, all of numpy, pandas and
`slice`; anything else is refused before it is imported.
"""

from __future__ import annotations

import io
import lzma
import pickle
from typing import Any

ALLOWED = frozenset(
    {
        ("builtins", "slice"),
        ("numpy", "dtype"),
        ("numpy", "ndarray"),
        ("numpy.core.multiarray", "_reconstruct"),
        ("numpy.core.multiarray", "scalar"),
        ("numpy.core.numeric", "_frombuffer"),
        ("pandas._libs.internals", "_unpickle_block"),
        ("pandas.core.frame", "DataFrame"),
        ("pandas.core.indexes.base", "Index"),
        ("pandas.core.indexes.base", "_new_Index"),
        ("pandas.core.indexes.range", "RangeIndex"),
        ("pandas.core.internals.managers", "BlockManager"),
        ("pandas.core.internals.managers", "SingleBlockManager"),
        ("pandas.core.series", "Series"),
    }
)


class _Restricted(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(
                f"this pickle names {module}.{name}, which is not on the list of what the data "
                f"need; it was not opened"
            )
        # numpy 2 keeps these under numpy._core; the old path only warns.
        return super().find_class(module.replace("numpy.core.", "numpy._core."), name)


def load(content: bytes) -> Any:
    """Unpickle xz-compressed ``content``, whose checksum the caller has verified."""
    return _Restricted(io.BytesIO(lzma.decompress(content))).load()
