"""Takes answers from elsewhere in: asks nobody, doubles nothing, and names every row that it cannot use."""

from bot.service.importing.table import Table, open_table
from bot.service.importing.writing import Importing, ImportRequest, Report

__all__ = ["ImportRequest", "Importing", "Report", "Table", "open_table"]
