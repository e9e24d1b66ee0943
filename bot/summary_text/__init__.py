"""The weekly summary in words that claim no more than its figures."""

from bot.summary_text.comments import LONGEST_COMMENT, comment_line
from bot.summary_text.explained import explanations
from bot.summary_text.headline import headline
from bot.summary_text.message import to_prompt
from bot.summary_text.scores import verdict_words

__all__ = ["LONGEST_COMMENT", "comment_line", "explanations", "headline", "to_prompt", "verdict_words"]
