"""What is publicly known of the city, with source and `verified` on every row.

The files of this folder are data: a city replaces any of them by a file of the same name in a
folder of its own and changes no code. `loader.load_reference` reads and checks them all.
"""

from __future__ import annotations
