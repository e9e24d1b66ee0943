"""Lengths that the panels share, in CSS pixels of a phone that is 390 wide."""

WIDTH = 390.0
PAD = 14.0
ROOM = WIDTH - 2 * PAD
LINE_HEIGHT = 18.0  # of letters of 13, the smallest that there are
HEADING = 16.0
HEADING_HEIGHT = 20.0
