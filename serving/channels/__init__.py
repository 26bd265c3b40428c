"""Ways on which notices reach people; each is a plug-in of the group `peipao.channels`."""

from __future__ import annotations
