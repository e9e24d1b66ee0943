"""The weekly summary in words that claim no more than its figures."""

from bot.summary_text.answers import Answered, answer_line, paged
from bot.summary_text.buttons import DIMENSIONS, SO_FAR, Detail, detail_buttons, detail_value, label_of
from bot.summary_text.comments import LONGEST_COMMENT, comment_line
from bot.summary_text.details import group_details, reasons, week_details
from bot.summary_text.explained import explanations
from bot.summary_text.headline import headline
from bot.summary_text.message import moved_lines, to_prompt
from bot.summary_text.scores import verdict_words
from bot.summary_text.spans import named
from bot.summary_text.spans import title as span_title

__all__ = [
    "DIMENSIONS", "LONGEST_COMMENT", "SO_FAR", "Answered", "Detail", "answer_line", "comment_line", "detail_buttons",
    "detail_value", "explanations", "group_details", "headline", "label_of", "moved_lines", "named", "paged", "reasons",
    "span_title", "to_prompt", "verdict_words", "week_details",
]  # fmt: skip
