"""What a model file says about itself, and what linnet says about files that are none."""

import json
import math
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from linnet.controls import form
from linnet.controls.model_info import Density
from linnet.engine import modelfile
from linnet.engine.engine import read_info
from linnet.errors import ModelFormatError, ModelVersionError, VocabularyError
from linnet.tokens import features, vocabulary

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"

# fmt: off
FOREIGN = bytes.fromhex(
    "08 08"                                      # ModelProto: ir_version 8
    "3a 2f"                                      #   graph:
    "0a 10 0a 01 61 12 01 62 22 084964656e74697479"  #  node: a -> b, Identity
    "12 01 67"                                   #     name g
    "5a 0b 0a 01 61 12 06 0a 04 08 01 12 00"     #     input a: float scalar
    "62 0b 0a 01 62 12 06 0a 04 08 01 12 00"     #     output b: float scalar
    "42 04 0a 00 10 11"                          #   opset 17
)
"""Somebody else's ONNX model: it passes a number through."""
# fmt: on

STATE = {"input": "h_0", "output": "h_0_next", "dtype": "uint8", "shape": [4], "initial": 128}
DEFAULTS = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0}
METADATA = {
    "format": modelfile.FORMAT,
    "time_base": "grid",
    "exact": True,
    "states": [STATE],
    "vocabulary": vocabulary.table(),
    "features": features.table(),
    "wishes": [{"name": name, "count": count, "trained": True} for name, count in features.WISHES],
    "defaults": DEFAULTS,
    "passport": {"name": "wren"},
}


def encoded(**changes: object) -> dict[str, str]:
    return {f"linnet.{key}": json.dumps(value) for key, value in (METADATA | changes).items()}


def written(folder: Path, data: bytes) -> Path:
    path = folder / "model.onnx"
    path.write_bytes(data)
    return path


def test_tiny_model_is_described() -> None:
    info = read_info(TINY)
    assert info.source == str(TINY)
    assert info.size == TINY.stat().st_size
    assert info.name == "tiny"
    assert info.time_base == "grid"
    assert info.exact
    assert [state.input for state in info.states] == ["h_0", "c_0"]
    assert info.passport["corpora"][0]["name"] == "tunes"


def test_tiny_model_speaks_this_vocabulary() -> None:
    """If this fails after a change of the vocabulary or the features: run tests/data/make_tiny_model.py."""
    modelfile.check_vocabulary(read_info(TINY))


def test_names_of_before_are_read_as_those_of_today() -> None:
    renamed = {
        "earlier_next_onset": "ahead",
        "suffix_match": "followed",
        "simultaneous": "here",
        "earlier_bars": "back",
        "voice_sounding": "own",
    }
    layout = json.loads(json.dumps(features.table()))
    layout["families"] = [[renamed.get(name, name), *sizes] for name, *sizes in layout["families"]]
    row = {name: "00" for name in form.ROWS if name != "source"} | {"look": "01"}
    whole = dict.fromkeys(form.WHOLE, 0)
    entry = {"time_signature": "4/4", "upbeat": False, "scale": [0], "wishes": whole, "rows": row}

    info = modelfile.parse(
        encoded(features=layout, defaults=DEFAULTS | {"patience": 8}, forms=[entry]), source="x"
    )

    modelfile.check_vocabulary(info)
    assert info.features == json.loads(json.dumps(features.table()))
    assert info.defaults == DEFAULTS | {"stuck_after": 8}
    assert [bar.source for bar in info.forms[0].bars(2, upbeat=False)] == ["nowhere", 1]


def test_states_begin_as_the_file_says() -> None:
    (state,) = modelfile.parse(encoded(), source="x").states
    assert state.first(3).tolist() == [[128] * 4] * 3
    assert state.first(3).dtype == "uint8"


def test_latent_may_tell_where_phrases_lie() -> None:
    latent = {"size": 2, "bars": [2, 16], "encoder": ""}
    density = {
        "unit": 0.5,
        "numbers": b64encode(bytes(range(10))).decode(),
    }  # a mean of two, a factor of three
    about = modelfile.parse(encoded(latent=latent | {"density": density}), source="x").latent
    assert about is not None
    assert about.density == Density(0.5, bytes(range(10)))
    without = modelfile.parse(encoded(latent=latent), source="x").latent
    assert without is not None
    assert without.density is None
    for wrong in ({"unit": 0.0}, {"unit": math.inf}, {"numbers": ""}, {"numbers": "?"}, {"unit": "x"}):
        with pytest.raises(ModelFormatError, match=r"linnet\.latent is missing or damaged"):
            modelfile.parse(encoded(latent=latent | {"density": density | wrong}), source="x")


def test_missing_file_stays_file_not_found(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing\.onnx"):
        read_info(tmp_path / "nothing.onnx")


def test_empty_file_is_called_empty(tmp_path: Path) -> None:
    with pytest.raises(ModelFormatError, match=r"model\.onnx: the file is empty"):
        read_info(written(tmp_path, b""))


@pytest.mark.parametrize("share", [0.001, 0.3, 0.9, 0.97, 0.999])
def test_truncated_file_is_refused_in_one_line(tmp_path: Path, share: float) -> None:
    data = TINY.read_bytes()
    with pytest.raises(ModelFormatError) as caught:
        read_info(written(tmp_path, data[: int(len(data) * share)]))
    assert "\n" not in str(caught.value)
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01", b"MThd\x00\x00\x00\x06", b"hello\n", bytes(1000)],
    ids=["jpeg", "midi", "text", "zeros"],
)
def test_other_kinds_of_file_are_refused_in_one_line(
    tmp_path: Path, data: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ModelFormatError) as caught:
        read_info(written(tmp_path, data))
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")  # onnxruntime keeps quiet


def test_foreign_onnx_model_is_named_as_such(tmp_path: Path) -> None:
    with pytest.raises(ModelFormatError, match="an ONNX file, but not a linnet model"):
        read_info(written(tmp_path, FOREIGN))


@pytest.mark.parametrize(("version", "advice"), [(2, "update linnet"), (0, "export the model again")])
def test_other_format_version_is_refused_naming_both(tmp_path: Path, version: int, advice: str) -> None:
    entry, count = b"linnet.format\x12\x01%d", TINY.read_bytes().count(b"linnet.format\x12\x011")
    assert count == 1
    other = TINY.read_bytes().replace(entry % 1, entry % version)
    with pytest.raises(ModelVersionError, match=f"model format {version}, .* reads format 1; {advice}"):
        read_info(written(tmp_path, other))


@pytest.mark.parametrize("key", [key for key in METADATA if key != "format"])
def test_every_key_is_needed(key: str) -> None:
    metadata = encoded()
    del metadata[f"linnet.{key}"]
    with pytest.raises(ModelFormatError, match=f"x: .*linnet.{key} is missing"):
        modelfile.parse(metadata, source="x")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", "one"),
        ("format", True),
        ("time_base", "swing"),
        ("exact", 1),
        ("states", {}),
        ("states", ["h_0"]),
        ("states", [{"input": "h_0"}]),
        ("states", [STATE | {"dtype": "float64"}]),
        ("wishes", ["key"]),
        ("wishes", [{"name": "key", "count": "many", "trained": True}]),
        *(("states", [STATE | {"shape": shape}]) for shape in ([-1], [0], [1e400], [2**40], 4)),
        *(("states", [STATE | {"initial": initial}]) for initial in (math.nan, math.inf, 256, -1, 10**400)),
        ("wishes", [{"name": "key", "count": 25, "trained": True, "values": 7}]),
        ("wishes", [{"name": "key", "count": 25, "trained": True, "values": [7]}]),
        ("defaults", {"temperature": 1.0}),
        *(
            ("defaults", DEFAULTS | {"temperature": number})
            for number in (math.nan, math.inf, -1, 10**400, "1")
        ),
        *(("defaults", DEFAULTS | {"top_k": number}) for number in (-1, 1.5, None)),
        *(("defaults", DEFAULTS | {"top_p": number}) for number in (math.nan, 2, -1)),
        *(("defaults", DEFAULTS | {"keys": {"D major": share}}) for share in (math.nan, math.inf, -1, "all")),
        ("defaults", DEFAULTS | {"keys": {"H moll": 0.5}}),
        ("defaults", DEFAULTS | {"form": 3}),
        *(("defaults", DEFAULTS | {"parallels": word}) for word in ("never", 1, None)),
        ("defaults", DEFAULTS | {"crossing": ["forbidden"]}),
        ("defaults", []),
        ("defaults", DEFAULTS | {"form": "A1"}),
        ("defaults", DEFAULTS | {"keys": ["D major"]}),
        ("passport", "UK"),
        ("forms", {}),
        ("forms", ["AABB"]),
        ("forms", [{"time_signature": "4/4"}]),
    ],
)
def test_wrong_values_are_refused(key: str, value: object) -> None:
    with pytest.raises(ModelFormatError, match=f"linnet.{key}"):
        modelfile.parse(encoded(**{key: value}), source="x")


@pytest.mark.parametrize("text", ["{", "[" * 200_000, "9" * 5000, ""], ids=["{", "nest", "number", "nothing"])
def test_broken_json_is_refused(text: str) -> None:
    with pytest.raises(ModelFormatError, match=r"linnet\.passport"):
        modelfile.parse(encoded() | {"linnet.passport": text}, source="x")


@pytest.mark.parametrize("key", ["vocabulary", "features"])
def test_another_vocabulary_or_other_features_are_refused(key: str) -> None:
    info = modelfile.parse(encoded(**{key: {"size": 5}}), source="x")
    with pytest.raises(VocabularyError, match=f"x: its {key}"):
        modelfile.check_vocabulary(info)


def test_whether_chords_are_followed_stands_among_the_wishes_and_may_be_left_out() -> None:
    chords = {"name": "chords", "count": 86, "trained": True}
    wishes: Any = METADATA["wishes"]
    with_chords = modelfile.parse(encoded(wishes=[*wishes, chords]), source="x")
    without = modelfile.parse(encoded(), source="x")
    for info in (with_chords, without):
        modelfile.check_vocabulary(info)
    assert with_chords.has_learnt("chords")
    assert not without.has_learnt("chords")


def test_other_wishes_are_refused() -> None:
    info = modelfile.parse(encoded(wishes=METADATA["wishes"][1:]), source="x")  # type: ignore[index]  # a list
    with pytest.raises(VocabularyError, match="x: its wishes"):
        modelfile.check_vocabulary(info)
