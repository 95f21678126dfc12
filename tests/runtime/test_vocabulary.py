import json

import pytest

from linnet.errors import VocabularyError
from linnet.tokens import features, vocabulary


def test_families_are_contiguous_and_fill_the_vocabulary() -> None:
    ids = [token for family in vocabulary.FAMILIES.values() for token in family.ids]

    assert ids == list(range(vocabulary.SIZE)) == list(range(672))


def test_every_token_goes_to_its_value_and_back() -> None:
    for token in range(vocabulary.SIZE):
        family = vocabulary.family_of(token)
        assert family.token(family.value_of(token)) == token


def test_tempos_cover_30_to_240_in_even_ratios() -> None:
    ratios = [b / a for a, b in zip(vocabulary.TEMPOS, vocabulary.TEMPOS[1:], strict=False)]

    assert (vocabulary.TEMPOS[0], vocabulary.TEMPOS[-1], len(vocabulary.TEMPOS)) == (30, 240, 32)
    assert all(1.04 < ratio < 1.095 for ratio in ratios)


@pytest.mark.parametrize("token", [-1, 672])
def test_ids_outside_the_vocabulary_are_refused(token: int) -> None:
    with pytest.raises(VocabularyError, match="between 0 and 671"):
        vocabulary.describe(token)


def test_a_value_without_token_is_refused() -> None:
    with pytest.raises(VocabularyError, match="drum has no token for 26"):
        vocabulary.FAMILIES["drum"].token(26)


def test_tables_survive_json() -> None:
    assert json.loads(json.dumps(vocabulary.table())) == vocabulary.table()
    assert json.loads(json.dumps(features.table())) == features.table()
