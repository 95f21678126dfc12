"""The tables of a report card, for the terminal, for the page and for programs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from linnet.tools.text import counted
from linnet_train.evaluation import figures, validity
from linnet_train.evaluation.compare import Measured
from linnet_train.evaluation.figures import YES_OR_NO
from linnet_train.evaluation.musician.beside import FAR, Beside
from linnet_train.evaluation.musician.table import GROUPS as MUSICIAN
from linnet_train.evaluation.reference import COPYING, RUNS
from linnet_train.evaluation.statistics import MEANS, NAMES, held_out_split, statistic
from linnet_train.evaluation.words import words
from linnet_train.report.card import PLAYED_UNDER_RULES, UNCONSTRAINED, Card, Column
from linnet_train.report.verdict import SHIPPED, goals, overall
from linnet_train.sampling.as_shipped import LATE

GROUPS: dict[str, tuple[str, ...]] = {name: tuple(group) for name, group in figures.GROUPS.items()}
GROUPS["structure_and_loops"] += ("degenerate",)
GROUPS["originality"] = COPYING


@dataclass(frozen=True)
class Cells:
    """A table: what stands in the first row, and the rows below it; a row of one cell is a heading."""

    title: str
    heading: tuple[str, ...]
    rows: list[tuple[str, ...]]
    remark: str = ""


def tables(card: Card, recorded: dict[str, Any]) -> list[Cells]:
    """All tables, the one that sums up first. `recorded`: see `verdict.goals`."""
    return [
        _verdict(card, recorded),
        _comparisons(card),
        _musician(card),
        _validity(card),
        _likelihood(card),
        _figures(card),
    ]


def markdown(card: Card, recorded: dict[str, Any]) -> str:
    """All tables as text, the columns aligned for readers of plain text."""
    return "\n\n".join(_markdown(cells) for cells in tables(card, recorded))


def data(card: Card, recorded: dict[str, Any]) -> dict[str, Any]:
    """Everything as plain data; null for what could not be measured."""
    info = card.model.info
    measured = dict.fromkeys((*NAMES, *(each.name for each in card.reference.musician)))
    everything: dict[str, Any] = _plain(
        {
            "model": {
                "name": info.name,
                "sha256": info.sha256,
                "bytes": info.size,
                "defaults": info.defaults,
            },
            "corpus": {"fingerprint": card.corpus.fingerprint, "trained_on": not card.strangers},
            "protocol": {
                "samples": len(card.shipped.samples),
                "people": len(card.people.samples),
                "everybody": len(card.reference.everybody),
                "left_out": card.reference.left_out,
                "bars" if card.reference.barred else "seconds": card.reference.bars
                * (2 - card.reference.barred),
                "seed": card.seed,
                "unconstrained": {**UNCONSTRAINED, "scale": list(UNCONSTRAINED["scale"])},
            },
            "verdict": {
                goal.name: {"must": goal.must, "aim": goal.aim, "value": goal.value, "verdict": goal.verdict}
                for goal in goals(card, recorded)
            },
            "overall": overall(goals(card, recorded)),
            "comparisons": card.comparisons,
            "texture": card.reference.texture,
            "musician": {each.figure.name: _beside(each) for each in card.musician},
            "validity": card.validity,
            "readers": list(validity.READERS),
            "complaints": card.complaints,
            "violations_per_1000_notes": card.violations,
            "likelihood": card.likelihood,
            "self_gap": {"unconstrained": card.self_gap, "as_shipped": card.shipped_gap},
            "copies_too_much": card.copies_too_much(),
            "originality": None
            if info.original is None
            else {"notes": info.original.notes, **info.original.measured},
            "too_short": {column.name: _too_short(column) for column in card.columns},
            "figures": {
                name: {c.name: statistic(name, c.values(name)) for c in card.columns} for name in NAMES
            },
            "ks": {name: {"value": a, "usual_among_people": b} for name, (a, b) in card.differences.items()},
            "pieces": {
                column.name: {
                    "names": [sample.name for sample in column.measured],
                    **{name: column.values(name).tolist() for name in measured},
                }
                for column in card.columns
            },
        }
    )
    return everything


def _beside(found: Beside) -> dict[str, Any]:  # Any: what json.dumps takes
    low, high = found.limits
    facts = {"unit": found.figure.unit, "wanted": found.figure.wanted, "limits": [low, high]}
    return {**found.sides, **facts, "far": found.far}


def _plain(value: Any) -> Any:  # Any: what json.dumps takes
    if isinstance(value, Measured):
        return _plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return float(f"{value:.5g}") if math.isfinite(value) else None
    return value


def _too_short(column: Column) -> int:
    return len(column.samples) - len(column.measured)


def _verdict(card: Card, recorded: dict[str, Any]) -> Cells:
    remark = (
        f"{len(card.shipped.samples)} pieces at the settings that the model ships with. Stuck pieces are "
        "counted by `python -m benchmarks.music.stuck`; copied runs are held against people's mean and two "
        "standard errors of it."
    )
    reached = goals(card, recorded)
    rows = [*(goal.cells for goal in reached), ("all together", "", "", "", overall(reached))]
    return Cells("Verdict", ("", "must", "aim", "value", "verdict"), rows, remark)


def _comparisons(card: Card) -> Cells:
    best = {
        "range_hit": ".90",
        "mean_overlap": "1",
        "mean_ks": "0",
        "frechet_distance": "0",
        "classifier_auc": ".50",
    }
    rows = [
        (
            words(name),
            *(str(row[who]) for who in (card.shipped.name, card.unconstrained.name, "people")),
            best[name],
        )
        for name, row in card.comparisons.items()
    ]
    count, people = len(card.shipped.measured), len(card.people.samples)
    size = min(people, len(card.reference.everybody) // 2)
    everybody = len(card.reference.everybody)
    remark = (
        f"{count} pieces beside {people} held-out ones of the same length, by sixteen figures; 95 % "
        f"intervals by bootstrap. People beside people: random draws of {size} and {size} of {everybody}."
    )
    heading = (
        "all figures together",
        card.shipped.title,
        card.unconstrained.title,
        "people beside people",
        "ideal",
    )
    return Cells("Beside people", heading, rows, remark)


def _musician(card: Card) -> Cells:
    rows: list[tuple[str, ...]] = []
    measured = {each.figure.name: each for each in card.musician}
    for group, names in MUSICIAN.items():
        found = [measured[name] for name in names if name in measured]
        rows += [(words(group),)] if found else []
        for each in found:
            cells = [
                str(each.sides[column.name]) if column.name in each.sides else "" for column in card.columns
            ]
            rows.append((each.figure.words, each.figure.unit, *cells, _side(each)))
    far = sum(each.far for each in card.musician)
    remark = (
        f"Means and 95 % intervals by bootstrap, of what applies to this music ({card.reference.texture}); "
        f"people's are all {len(card.reference.everybody)} held-out pieces that are long enough. {far} of "
        f"{len(card.musician)} are far from people: outside of people's interval widened by {FAR:g} "
        "standard deviations of their pieces, or by the smallest difference that counts where that is more, "
        "and with an interval that does not overlap theirs; where one side is no fault, on the other only."
    )
    if card.reference.barred:
        remark += (
            " Ends of phrases and of the bass are those of whole pieces; primers are the first bars of "
            "people's; of people's keys it is the share of pieces whose last bass note is the tonic of the "
            "key found."
        )
    heading = ("what a musician asks", "unit", *(column.title for column in card.columns), "far")
    return Cells("To a musician", heading, rows, remark)


def _side(found: Beside) -> str:
    """On which side of people a figure is far."""
    if not found.far:
        return ""
    value, (low, _) = found.sides[SHIPPED].value, found.limits
    return "nothing there *" if math.isnan(value) else "too low *" if value < low else "too high *"


def _validity(card: Card) -> Cells:
    sides = (card.shipped.name, card.unconstrained.name, "people")
    rows = [
        (words(name), *(_percent(row[who]) if who in row else "" for who in sides))
        for name, row in card.validity.items()
    ]
    for name in ("degenerate", "too_short"):
        cells = []
        for column in card.columns:
            hits = _too_short(column) if name == "too_short" else int(column.values(name).sum())
            cells.append(f"{hits / len(column.samples):.1%}")
        rows.append((words(name), *cells))
    rows += [
        (f"notes against a rule: {words(rule)}, of 1000", f"{found:g}", "", "")
        for rule, found in card.violations.items()
    ]
    longest = int(card.likelihood["longest_piece_tokens"])
    remark = (
        f"Grammar and ends: nothing makes these pieces end, before {longest:,} tokens. As shipped: form, "
        "wishes and sampling of the model, which is told how many bars are left; proper is an end of its own "
        f"within {LATE} bar of where it was asked to. Left free: no form, no wishes, temperature 1. "
        f"Files are read by {', '.join(validity.READERS)}. Rules: {PLAYED_UNDER_RULES} pieces under each."
    )
    if card.complaints:
        remark += f" Found in files: {'; '.join(card.complaints)}."
    return Cells(
        "Validity", ("share of pieces", card.shipped.title, card.unconstrained.title, "people"), rows, remark
    )


def _likelihood(card: Card) -> Cells:
    rows: list[tuple[str, ...]] = []
    split = held_out_split(card.corpus)
    for name in ("conditional", "unconditional"):
        token, note, second = (
            card.likelihood[f"{unit}_{name}"]
            for unit in ("nats_per_token", "nats_per_note", "bits_per_second")
        )
        rows.append((f"{split} split, {words(name)}", f"{token:.4f}", f"{note:.3f}", f"{second:.2f}"))
    rows.append(
        ("its own pieces, left free, no masks", f"{card.likelihood['nats_per_token_own_pieces']:.4f}", "", "")
    )
    gap, shipped = card.self_gap, card.shipped_gap
    remark = (
        f"Self gap: {gap.value:+.1%} ({gap.low:+.1%} to {gap.high:+.1%}): how much more a token of its own "
        "pieces costs the model than one of people's, both without wishes. Near 0 is right; below, it is too "
        "sure of itself and loops; above, it drifts. As shipped, beside people's pieces of the same length, "
        f"all with the wishes that they fulfil: {shipped.value:+.1%} ({shipped.low:+.1%} to "
        f"{shipped.high:+.1%})."
    )
    return Cells("Likelihood", ("", "nats a token", "nats a note", "bits a second"), rows, remark)


def _figures(card: Card) -> Cells:
    rows: list[tuple[str, ...]] = []
    for group, all_names in GROUPS.items():
        names = [name for name in all_names if any(_known(name, column) for column in card.columns)]
        rows += [(words(group),)] if names else []
        for name in names:
            far, usual = card.differences.get(name, (math.nan, math.nan))
            apart = "" if math.isnan(far) else f"{far:.2f}{' *' if far > usual else ''}"
            rows.append((words(name), *(_cell(name, column) for column in card.columns), apart))
    length = (
        counted(card.reference.bars, "bar") if card.reference.barred else f"{2 * card.reference.bars} seconds"
    )
    verdict = "more than" if card.copies_too_much() else "no more than"
    known = card.model.info.original
    original = (
        "The file carries no filter of the training music."
        if known is None
        else f"The file's filter lets no run of more than {known.notes} notes of it be written (false alarms "
        f"{known.measured.get('false_alarms', 0):.1%})."
    )
    remark = (
        "Median and 95 % interval of it [5th to 95th percentile of pieces], or the mean and its interval, "
        f"of the first {length}. KS: largest distance between the cumulative distributions, as shipped and "
        "people; * more than 95 % of draws among people. Copied runs are those of the training split, in any "
        f"key: the model copies {verdict} people (their mean and two standard errors for {RUNS[1]} notes; no "
        f"run of {RUNS[-1]} where people have none). {original} {card.reference.left_out} held-out pieces "
        "are shorter, and left out."
    )
    return Cells(
        "Figures of single pieces", ("", *(column.title for column in card.columns), "KS"), rows, remark
    )


def _known(name: str, column: Column) -> bool:
    return not bool(np.isnan(column.values(name)).all())  # all of none, too


def _cell(name: str, column: Column) -> str:
    if not _known(name, column):
        return "-"
    values = column.values(name)
    found = statistic(name, values)
    if name in YES_OR_NO:
        return _percent(found)
    middle = f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})"
    if name in MEANS:
        return middle
    low, high = np.nanpercentile(values, [5, 95])
    return f"{middle} [{low:.2f} to {high:.2f}]"


def _percent(found: Measured) -> str:
    return f"{found.value:.0%} ({found.low:.0%} to {found.high:.0%})"


def _markdown(cells: Cells) -> str:
    width = len(cells.heading)
    lines = [
        cells.heading,
        *((f"**{row[0]}**", *[""] * (width - 1)) if len(row) == 1 else row for row in cells.rows),
    ]
    return f"{cells.title}\n\n{_aligned(lines)}\n\n{cells.remark}"


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
