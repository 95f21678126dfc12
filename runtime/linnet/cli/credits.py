"""Whom to credit for a model: of a credit for many collections, what is about those that it learnt from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["credits"]

_COMMON = {"analysis", "corpus", "drums", "github", "music", "other", "piano", "project", "scores", "source"}
"""Words that tell no collection from another."""


def credits(text: str, corpora: Iterable[Mapping[str, Any]]) -> str:
    """The items of a list in Markdown that are about some of these collections, and whatever is no item.

    An item is about a collection if it has a word of its name or of where it comes from. Where a collection
    that comes from somewhere has no item, nothing is left out: a credit may be owed under another name.

    Args:
        text: What a model file says of attribution.
        corpora: Its collections, with `name` and `origin`.
    """
    first, *others = re.split(r"^(?=- )", text.strip(), flags=re.MULTILINE)
    introduction, items = ("", [first, *others]) if first.startswith("- ") else (first, others)
    kept: set[int] = set()
    for corpus in corpora:
        words = _words(f"{corpus.get('name', '')} {str(corpus.get('origin', '')).partition(',')[0]}")
        about = {i for i, item in enumerate(items) if words & _words(item.splitlines()[0])}
        if not about and corpus.get("origin") != "not stated":
            return text.strip()
        kept |= about
    lines = [line for line in introduction.splitlines() if not line.startswith("#")]
    return "\n".join(["\n".join(lines).strip(), *(items[i].rstrip() for i in sorted(kept))]).strip()


def _words(text: str) -> set[str]:
    plain = re.sub("['’]", "", text.lower())
    return {word for word in re.findall(r"[a-z]{5,}", plain) if word not in _COMMON}
