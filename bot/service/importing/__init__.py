"""Takes answers from elsewhere in: asks nobody, doubles nothing, and names every row that it cannot use."""

from bot.service.importing.report import Report
from bot.service.importing.request import ImportRequest
from bot.service.importing.table import Table, open_table
from bot.service.importing.writing import Importing

__all__ = ["ImportRequest", "Importing", "Report", "Table", "open_table"]
