"""Alembic's migrations; nothing here imports Alembic but `env.py`, which only Alembic runs."""

from typing import Final

HEAD: Final = "0010"
