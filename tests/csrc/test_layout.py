"""The tables that C derives from its lists, against the same written down once more."""

from linnet import _core
from linnet.tokens import features, vocabulary

# fmt: off
TOKENS = [  # first id, how many, value of the first, step
    ("pad", 0, 1, 0, 1), ("bos", 1, 1, 0, 1), ("eos", 2, 1, 0, 1), ("shift_fine", 3, 95, 1, 1),
    ("shift_big", 98, 15, 96, 96), ("bar", 113, 1, 0, 1), ("time_signature", 114, 12, 0, 1),
    ("tempo", 126, 32, 0, 1), ("slot", 158, 16, 0, 1), ("program", 174, 128, 0, 1),
    ("velocity", 302, 32, 2, 4), ("note", 334, 128, 0, 1), ("duration_fine", 462, 95, 1, 1),
    ("duration_big", 557, 15, 96, 96), ("drum", 572, 61, 27, 1),
    ("rare_time_signature", 633, 5, 12, 1), ("reserved", 638, 34, 0, 1),
]
METERS = [
    (2, 4, 48), (3, 4, 72), (4, 4, 96), (5, 4, 120), (6, 4, 144), (2, 2, 96),
    (3, 2, 144), (3, 8, 36), (6, 8, 72), (9, 8, 108), (12, 8, 144), (7, 8, 84),
    (2, 1, 192), (4, 2, 192), (3, 1, 288), (5, 8, 60), (7, 16, 42),
]
FEATURES = [  # first id, first column, columns, ids in a table, tables
    ("last_token", 1, 0, 1, 672, 1), ("bar_position", 673, 1, 1, 144, 1), ("beat_position", 817, 2, 1, 60, 1),
    ("bar_modulo_8", 877, 3, 1, 8, 1), ("time_signature", 885, 4, 1, 12, 1), ("slot", 897, 5, 1, 16, 1),
    ("program", 913, 6, 1, 128, 1), ("last_pitch", 1041, 7, 1, 128, 1), ("last_velocity", 1169, 8, 1, 32, 1),
    ("next_release", 1201, 9, 1, 96, 1), ("earlier_next_onset", 1297, 10, 4, 97, 4),
    ("suffix_match", 1685, 14, 4, 672, 4), ("sounding", 4373, 18, 8, 128, 1),
    ("simultaneous", 4501, 26, 6, 189, 1), ("earlier_bars", 4690, 32, 16, 189, 4),
    ("wish_key", 5446, 48, 1, 25, 1), ("wish_tempo", 5471, 49, 1, 33, 1), ("wish_density", 5504, 50, 1, 9, 1),
    ("wish_polyphony", 5513, 51, 1, 7, 1), ("wish_register", 5520, 52, 1, 6, 1),
    ("wish_style", 5526, 53, 1, 33, 1), ("wish_valence", 5559, 54, 1, 6, 1),
    ("wish_arousal", 5565, 55, 1, 6, 1), ("wish_section", 5571, 56, 1, 9, 1),
    ("wish_bars_left", 5580, 57, 1, 18, 1),
    ("wish_likeness", 5598, 58, 1, 6, 1), ("to_bar_line", 5604, 59, 1, 144, 1),
    ("voice_sounding", 5748, 60, 6, 128, 1), ("kit_velocity", 5876, 66, 1, 32, 1),
    ("slots", 5908, 67, 1, 16, 1), ("ties", 5924, 68, 1, 1, 1),
    ("home_shift", 5925, 69, 1, 12, 1), ("lowest_sounding", 5937, 70, 1, 128, 1),
    ("highest_sounding", 6065, 71, 1, 128, 1), ("top_struck", 6193, 72, 1, 128, 1),
    ("wish_cadence", 6321, 73, 1, 4, 1), ("wish_phrase_left", 6325, 74, 1, 9, 1),
    ("wish_loudness", 6334, 75, 1, 9, 1), ("wish_plays_0", 6343, 76, 1, 3, 1),
    ("wish_plays_1", 6346, 77, 1, 3, 1),
    ("wish_plays_2", 6349, 78, 1, 3, 1), ("wish_plays_3", 6352, 79, 1, 3, 1),
    ("wish_plays_4", 6355, 80, 1, 3, 1),
    ("wish_plays_5", 6358, 81, 1, 3, 1), ("wish_plays_6", 6361, 82, 1, 3, 1),
    ("wish_plays_7", 6364, 83, 1, 3, 1),
    ("wish_plays_kit", 6367, 84, 1, 3, 1), ("chord", 6370, 85, 1, 85, 1), ("next_chord", 6455, 86, 1, 85, 1),
    ("chord_change", 6540, 87, 1, 8, 1), ("over_root", 6548, 88, 3, 12, 3), ("role", 6584, 91, 1, 12, 1),
    ("cadence_due", 6596, 92, 1, 24, 1), ("given_slot", 6620, 93, 1, 2, 1),
    ("given_time", 6622, 94, 2, 97, 2), ("given_next", 6816, 96, 2, 128, 2),
    ("given_inner", 7072, 98, 2, 128, 1), ("given_drum", 7200, 100, 1, 61, 1),
    ("given_beat", 7261, 101, 2, 128, 2), ("given_bar", 7517, 103, 2, 128, 2),
    ("given_own", 7773, 105, 1, 128, 1), ("given_left", 7901, 106, 1, 8, 1),
    ("rare_time_signature", 7909, 107, 1, 5, 1), ("whole_note", 7914, 108, 1, 3, 1),
]
# fmt: on


def test_token_ids_are_what_model_files_say() -> None:
    assert _core.token_families() == TOKENS
    assert vocabulary.SIZE == 672


def test_bars_and_beats_follow_from_the_meter() -> None:
    assert _core.time_signatures() == METERS


def test_columns_and_ids_run_through_the_families() -> None:
    ours = [(f.name, f.first_id, f.first_column, f.columns, f.count, f.tables) for f in features.FAMILIES]

    assert ours == FEATURES
    assert (features.WIDTH, features.COUNT) == (109, 7917)


def test_a_row_of_the_plan_has_wishes_then_chords() -> None:
    assert _core.plan_layout() == (31, 8, 85, 12, -6, 12)
    assert [name for name, _ in features.WISHES[11:14]] == ["cadence", "phrase_left", "loudness"]


def test_time_has_one_grid() -> None:
    assert _core.constants() == (24, 96, 1535, 63)
    assert _core.bars_earlier() == [1, 2, 4, 8]
