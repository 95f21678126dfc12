"""A report card as one HTML page that needs nothing beside it."""

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from linnet import midi
from linnet_train.report import pictures
from linnet_train.report.card import Card
from linnet_train.report.tables import Cells, tables

_STYLE = """
:root { --ink: #2c3238; --quiet: #6b737c; --line: #e3e6ea; --wash: #f5f6f8; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); }
body { max-width: 1180px; margin: 2.5em auto; padding: 0 1.5em; }
h1 { font-size: 1.9em; margin: 0; }
h2 { font-size: 1.25em; margin: 2.2em 0 .5em; }
p { max-width: 62em; margin: .5em 0; }
p.remark { color: var(--quiet); font-size: .9em; }
p.warning { background: #fff3d6; padding: .6em 1em; border-radius: 4px; }
table { border-collapse: collapse; font-size: .9em; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .28em 1.4em .28em 0; white-space: nowrap; }
td { border-bottom: 1px solid var(--line); }
th { border-bottom: 2px solid var(--quiet); }
td:first-child { color: var(--ink); }
tr.group td { font-weight: 600; padding-top: 1em; border-bottom-color: var(--quiet); }
tr.far td:last-child { color: #c2334d; font-weight: 600; }
img, svg { max-width: 100%; height: auto; display: block; margin: .6em 0; }
.wide { overflow-x: auto; }
code { background: var(--wash); padding: .1em .35em; border-radius: 3px; }
"""


def page(card: Card, recorded: dict[str, Any], command: str, sounds: Sequence[str] = ()) -> str:
    """The whole page.

    Args:
        card: what was measured.
        recorded: see `verdict.goals`.
        command: what was typed to make it.
        sounds: names of sound files beside the page, one for each of `pictures.first_ten`.
    """
    info, (verdict, beside, musician, valid, likely, figures) = card.model.info, tables(card, recorded)
    name = escape(info.name or card.model.file.stem)
    head = f"<meta charset='utf-8'><title>{name}: report card</title><style>{_STYLE}</style>"
    parts = [
        f"<!doctype html><html lang='en'><head>{head}</head><body>",
        f"<h1>{name}</h1>",
        f"<p class='remark'>{escape(_facts(card))}<br><code>{escape(command)}</code></p>",
        _warning(card),
        _table(verdict),
        _table(beside),
        _table(musician),
        "<h2>Pieces</h2>",
        "<p class='remark'>Ranked by how far their sixteen figures are from people's means, on average.</p>",
        _image(pictures.piano_rolls(card), "piano rolls"),
        f"<p>To be heard: {_downloads(card)}</p>",
        _players(card, sounds),
        _matrices(card),
        "<h2>Distributions</h2>",
        f"<div>{pictures.distributions(card)}</div>",
        *(_table(cells) for cells in (figures, valid, likely)),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _facts(card: Card) -> str:
    info, settings = card.model.info, card.model.info.defaults
    off = {"top_k": 0, "top_p": 1.0, "min_p": 0.0, "form": ""}
    shown = [name for name in ("temperature", *off) if settings.get(name) not in (None, off.get(name))]
    chance = ", ".join(f"{name} {settings[name]}" for name in shown)
    if info.forms:
        chance += f", one of {len(info.forms)} forms of people's pieces"
    seeds = f"seeds {card.seed} to {card.seed + len(card.shipped.samples) - 1}"
    return f"{info.size / 1e6:.1f} MB, sha256 {info.sha256[:12]}; as shipped: {chance}; {seeds}"


def _matrices(card: Card) -> str:
    if not card.reference.barred:
        return ""
    words = "How alike each two bars are, from pale (nothing in common) to dark (equal):"
    return f"<p class='remark'>{words}</p>{_image(pictures.matrices(card), 'self-similarity matrices')}"


def _warning(card: Card) -> str:
    if not card.strangers:
        return ""
    return (
        "<p class='warning'>This model was trained on another corpus than the one it is held against: "
        "it may know the held-out pieces.</p>"
    )


def _table(cells: Cells) -> str:
    rows = ["<tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in cells.heading) + "</tr>"]
    for row in cells.rows:
        if len(row) == 1:
            rows.append(f"<tr class='group'><td colspan='{len(cells.heading)}'>{escape(row[0])}</td></tr>")
        else:
            far = " class='far'" if row[-1].endswith("*") else ""
            rows.append(f"<tr{far}>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>")
    return (
        f"<h2>{escape(cells.title)}</h2><div class='wide'><table>{''.join(rows)}</table></div>"
        f"<p class='remark'>{escape(cells.remark)}</p>"
    )


def _downloads(card: Card) -> str:
    links = []
    for words, sample in pictures.chosen(card, card.shipped):
        data = b64encode(midi.dumps(sample.score)).decode()
        file = f"{card.model.file.stem} {sample.name}.mid".replace(" ", "-")
        links.append(f"<a download='{escape(file)}' href='data:audio/midi;base64,{data}'>{escape(words)}</a>")
    return ", ".join(links)


def _players(card: Card, sounds: Sequence[str]) -> str:
    """The first ten pieces as sound, where that was asked for."""
    players = [
        f"<p class='remark'>{escape(sample.name)}<br>"
        f"<audio controls preload='none' src='{escape(quote(file))}'></audio></p>"
        for sample, file in zip(pictures.first_ten(card), sounds, strict=False)
    ]
    return "\n".join(players)


def _image(png: bytes, words: str) -> str:
    return f"<img alt='{words}' src='data:image/png;base64,{b64encode(png).decode()}'>"
