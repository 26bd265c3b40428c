"""Files that people hand in, to what use cases take; errors name file, row and field."""

from __future__ import annotations
