from __future__ import annotations

import numpy as np
import pytest

from classifiers.codes import Codes
from classifiers.features import PIECE_WEIGHT, Vocabulary
from classifiers.model import Prediction, Router
from classifiers.rows import load
from classifiers.taxonomy import load_taxonomy
from classifiers.text import LIMIT, normalise
from tests.trained import training_stories

BLOCKED = "ซื้อรองเท้าจากเพจ โอนเงินไปแล้วร้านบล็อกหนีเลยค่ะ ผ่านมาสองเดือนแล้ว"
GAMBLING = "แจ้งเว็บพนันออนไลน์ บาคาร่า สล็อต ขอให้ปิดกั้นเว็บไซต์ด้วยครับ"
URGENT = "เมื่อกี้โดนแก๊งคอลเซ็นเตอร์หลอกโอนเงินไปสองแสน ช่วยอายัดด่วน"


@pytest.fixture(scope="module")
def router(model_dir) -> Router:
    return Router.load(model_dir)


def test_a_plain_case_is_decided(router):
    said = router.predict(GAMBLING)

    assert (said.category, said.agency) == ("illegal_website", "MDES")
    assert said.confidence > 0.9 > said.second_confidence
    assert said.second != said.category
    assert said.auto
    assert not said.urgent
    assert said.version == router.version


def test_what_is_urgent_is_never_routed_by_itself(router):
    said = router.predict(URGENT)

    assert said.category == "financial_scam"
    assert said.urgent
    assert not said.auto


def test_the_deciding_words_stand_in_the_original(router):
    raw = f"  {BLOCKED.replace('บล็อก', 'บล็อกกกก')}\u200b  "

    said = router.predict(raw)

    assert said.category == "seller_fraud"
    assert 1 <= len(said.evidence) <= 6
    assert [weight for _, _, weight in said.evidence] == sorted((one[2] for one in said.evidence), reverse=True)
    marked = [raw[start:end] for start, end, _ in said.evidence]
    assert all(word.strip() and word == word.rstrip() for word in marked)
    assert any("บล็อก" in word for word in marked)


def test_evidence_lies_inside_any_text(router):
    for story in training_stories(60):
        for start, end, weight in router.predict(story).evidence:
            assert 0 <= start < end <= len(story)
            assert weight > 0


@pytest.mark.parametrize(
    "text", ["", "   ", "😀😀😀", "\0", "?", "一二三", "\ud800", "๑", "a" * 300_000, "ก่" * 200_000]
)
def test_nothing_makes_it_fail_and_without_words_a_person_decides(router, text):
    said = router.predict(text)

    assert said.category in load_taxonomy().categories
    assert not (said.auto and not said.evidence)


def test_confidences_are_shares(router):
    for story in training_stories(40):
        said = router.predict(story)
        assert 0 <= said.second_confidence <= said.confidence <= 1
        assert said.confidence + said.second_confidence <= 1 + 1e-9


def test_the_agency_follows_the_routing_table(router):
    for story in training_stories(40):
        said = router.predict(story)
        assert said.agency == load_taxonomy().agency_of(said.category)


def test_the_rows_are_learnt(router):
    rows = load()[::25]

    right = sum(router.predict(row.text).category == row.category for row in rows)

    assert right >= 0.98 * len(rows)


def test_a_text_behind_the_limit_says_nothing(router):
    story = "ร้านส่งของผิดสี ขอเปลี่ยนไม่ได้ " * (LIMIT // 30 + 10)

    assert story[:LIMIT].count(" ") > 100
    assert router.predict(story + GAMBLING).category == router.predict(story).category


def test_a_prediction_cannot_be_changed(router):
    said = router.predict(BLOCKED)
    assert isinstance(said, Prediction)
    with pytest.raises(AttributeError):
        said.category = "other"  # type: ignore[misc]


@pytest.mark.parametrize("number", [0, 1, 2, 7, 100, 20_000])
def test_codes_find_what_is_known_and_nothing_else(number):
    known = np.random.default_rng(1).permutation(np.arange(1, 50 * number + 1, dtype=np.uint64))[:number]
    asked = np.concatenate([known, known + np.uint64(2**40), np.arange(9, dtype=np.uint64)])

    places = Codes(known, 5).places(asked).tolist()

    place_of = {code: place for place, code in enumerate(known.tolist(), 5)}
    unknown = [place for code, place in zip(asked.tolist(), places, strict=True) if code not in place_of]
    assert places[:number] == list(range(5, 5 + number))
    assert all(place == place_of.get(code, place) for code, place in zip(asked.tolist(), places, strict=True))
    assert len(unknown) >= number
    assert all(place >= 2**22 for place in unknown)


def test_the_occurrences_of_a_term_stand_where_it_is_written_and_add_up():
    vocabulary = Vocabulary.of([normalise(story) for story in training_stories(300)])
    text = normalise(f"{GAMBLING} {GAMBLING} โอน")

    vector = vocabulary.vector(text)

    often, once = vocabulary.words.index("เว็บไซต์"), vocabulary.words.index("โอน")
    places = [at for at, feature in enumerate(vector.features.tolist()) if feature == often]
    assert [text[vector.starts[at] : vector.ends[at]] for at in places] == ["เว็บไซต์", "เว็บไซต์"]
    assert (vector.starts >= 0).all()
    assert (vector.starts < vector.ends).all()
    assert vector.ends.max() == len(text)
    whole = np.bincount(vector.features, vector.values, len(vocabulary))
    expected = vocabulary.rarity[often] * (1 + np.log(2)) / vocabulary.rarity[once]
    assert whole[often] / whole[once] == pytest.approx(expected)
    named = len(vocabulary.words) + int((vocabulary.codes >= 2**40).sum())
    assert (whole[:named] ** 2).sum() == pytest.approx(1)
    assert (whole[named:] ** 2).sum() == pytest.approx(PIECE_WEIGHT**2)
