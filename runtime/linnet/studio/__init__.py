"""The studio: a page in the browser on which pieces are made, heard, changed and saved.

`linnet studio` opens it. All happens on this machine: the page asks for nothing from elsewhere, and what is
made stays with the browser, and in the files that somebody saves.
"""

from linnet.studio.server import serve

__all__ = ["serve"]
