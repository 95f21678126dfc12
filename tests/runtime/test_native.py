"""Which engine plays: what may be asked for, and that linnet's own plays everything the same."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import linnet
from linnet import _core
from linnet.engine.network import KERNEL, VARIABLE
from linnet.errors import ModelError, ModelFormatError
from tests.golden import check
from tests.runtime.judged import judged

DATA = Path(__file__).parents[1] / "data"
TINY = DATA / "tiny.onnx"
GOLDEN: list[dict[str, Any]] = json.loads(check.GOLDEN.read_text(encoding="utf-8"))["pieces"]


def run(code: str, **environment: str) -> str:
    """What a new process prints, whose onnxruntime is hidden."""
    hide = (
        "from linnet.engine import library; library.installed = library._of_the_system = lambda: iter(())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", "import sys, linnet\n" + hide + code],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, **environment},
    )
    return done.stdout.strip()


# ---- which one ---------------------------------------------------------------------------------------------


def test_onnxruntime_plays_wherever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)

    assert linnet.load(TINY).engine.runs_on == "onnxruntime"
    assert linnet.load(TINY, engine="onnxruntime").engine.runs_on == "onnxruntime"
    assert linnet.load(TINY, engine="native").engine.runs_on == "native"


def test_the_variable_says_what_auto_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "native")
    assert linnet.load(TINY).engine.runs_on == "native"
    assert linnet.load(TINY, engine="onnxruntime").engine.runs_on == "onnxruntime"

    monkeypatch.setenv(VARIABLE, "abacus")
    with pytest.raises(
        ModelError, match=r"LINNET_ENGINE must be one of auto, onnxruntime, native, and is 'abacus'"
    ):
        linnet.load(TINY)


def test_other_engines_and_settings_of_the_other_are_refused() -> None:
    with pytest.raises(ValueError, match="engine must be one of auto, onnxruntime, native, got 'abacus'"):
        linnet.load(TINY, engine="abacus")  # type: ignore[arg-type]  # that is the test
    with pytest.raises(ValueError, match="linnet's own engine has none"):
        linnet.load(TINY, engine="native", settings={"session.disable_prepacking": "1"})
    with pytest.raises(ValueError, match=r"native.kernel must be one of .*plain, got 'abacus'"):
        linnet.load(TINY, engine="native", settings={KERNEL: "abacus"})


def test_auto_is_linnet_s_own_where_there_is_no_onnxruntime() -> None:
    told = run(f"print(linnet.load({str(TINY)!r}).engine.runs_on)")

    assert told == "native"


def test_a_file_that_only_onnxruntime_plays_says_both_reasons(tmp_path: Path) -> None:
    other = tmp_path / "other.onnx"
    other.write_bytes(TINY.read_bytes().replace(b"QuantizeLinear", b"QuantizeLineal"))
    told = run(
        f"try: linnet.load({str(other)!r})\nexcept linnet.ModelError as error: print(error)",
        LINNET_ORT_LIBRARY="",
    )

    assert "other.onnx: models are run by onnxruntime" in told
    assert "linnet's own engine plays exact models only, and in this one there is no QuantizeLinear" in told


def test_nothing_of_onnxruntime_is_opened_for_it() -> None:
    told = run(
        f"linnet.load({str(TINY)!r}, engine='native').generate(bars=1, seed=1)\n"
        "print('onnxruntime' in sys.modules, linnet._core.library_version())"
    )

    assert told == "False None"


@pytest.mark.parametrize(
    "data", [b"", b"no model", TINY.read_bytes()[:5000]], ids=["empty", "text", "cut off"]
)
def test_what_is_no_model_is_told_in_the_same_words(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "broken.onnx"
    file.write_bytes(data)
    for engine in ("native", "onnxruntime"):
        with pytest.raises(
            ModelFormatError, match=r"broken.onnx: (the file is empty|not a model file, or a damaged)"
        ):
            linnet.load(file, engine=engine)  # type: ignore[arg-type]  # a literal


def test_a_pickled_model_opens_with_the_engine_it_had() -> None:
    again = pickle.loads(pickle.dumps(linnet.load(TINY, engine="native")))

    assert again.engine.runs_on == "native"


# ---- the same music ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", _core.native_kernels())
def test_golden_pieces(kernel: str) -> None:
    pieces = {piece["model"]: piece for piece in GOLDEN if "kind" not in piece}
    for name, piece in pieces.items() if kernel != "plain" else [("tiny", pieces["tiny"])]:
        model = linnet.load(check.MODELS[name], engine="native", settings={KERNEL: kernel})
        assert check.make(model, piece) == (piece["tokens"], piece["midi"]), name


def test_streams_batches_and_saved_streams_are_the_same() -> None:
    for name in ("tiny", "planned"):
        theirs, ours = (
            linnet.load(DATA / f"{name}.onnx", engine=engine) for engine in ("onnxruntime", "native")
        )
        assert ours.generate(bars=8, seed=3) == theirs.generate(bars=8, seed=3)
        assert ours.generate(bars=3, count=5, seed=3) == theirs.generate(bars=3, count=5, seed=3)
        assert ours.generate(bars=3, seed=3, guidance=1.5) == theirs.generate(bars=3, seed=3, guidance=1.5)
        one, two = ours.stream(seed=1), theirs.stream(seed=1)
        assert one.tokens(300) == two.tokens(300)
        saved = one.save()
        assert saved == two.save()
        assert theirs.restore(saved).tokens(200) == one.tokens(200)


def test_candidates_are_the_same() -> None:
    theirs, ours = judged(engine="onnxruntime"), judged(engine="native")

    assert ours.generate(bars=8, seed=3, candidates=3) == theirs.generate(bars=8, seed=3, candidates=3)


def test_latents_are_the_same() -> None:
    theirs, ours = (
        linnet.load(DATA / "tiny-latent.onnx", engine=engine) for engine in ("onnxruntime", "native")
    )
    phrase = theirs.generate(bars=4, seed=2)

    assert ours.encode(phrase).tobytes() == theirs.encode(phrase).tobytes()
    assert ours.generate(bars=4, seed=5, latent=theirs.encode(phrase)) == theirs.generate(
        bars=4, seed=5, latent=theirs.encode(phrase)
    )
