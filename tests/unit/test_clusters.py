"""Grouping texts: what is the same story, what only looks like it, and who had it first."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from copydesk.clusters.assign import agency_at, cluster, item
from copydesk.clusters.fingerprint import fingerprint
from copydesk.clusters.match import overlap

T = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LEXICON = [
    a + b for a in "ba do ki lu me no pa ri su te va zo".split() for b in "ran lem tis gor nux pel dam fis".split()
]
TEXTS = {
    "zh": "市议会星期二晚上以微弱多数通过了旧港口仓库的改建计划。根据这项计划，三座红砖仓库将改为图书馆、"
    "音乐学校和一百二十套出租住房。反对者认为停车位太少，而且北侧的树木会被砍掉。市长表示，工程将在明年四月开始，"
    "第一批住户预计两年后搬入。附近的商店店主希望施工期间码头仍然可以通行，渔民则要求保留他们的冷藏库。"
    "规划部门将在下个月公布详细的时间表，并邀请居民参加三场公开讨论。",
    "ja": "町議会は火曜日の夜、古い港の倉庫を改修する計画をわずかな差で可決した。計画によると、赤れんがの倉庫三棟は"
    "図書館と音楽教室、そして百二十戸の賃貸住宅に生まれ変わる。反対派は駐車場が少なすぎると述べ、北側の並木が"
    "切られることを心配している。町長は工事が来年四月に始まり、最初の住民は二年後に入居できると説明した。"
    "近くの商店主らは工事中も岸壁を通れるよう求め、漁師たちは冷蔵庫を残してほしいと訴えている。",
    "th": "สภาเมืองลงมติเมื่อคืนวันอังคารด้วยเสียงข้างมากเพียงเล็กน้อยให้ปรับปรุงโกดังเก่าริมท่าเรือ ตามแผนนี้โกดังอิฐแดงสามหลัง"
    "จะกลายเป็นห้องสมุด โรงเรียนดนตรี และห้องเช่าหนึ่งร้อยยี่สิบห้อง ฝ่ายคัดค้านเห็นว่าที่จอดรถมีน้อยเกินไปและต้นไม้ทางทิศเหนือ"
    "จะถูกตัด นายกเทศมนตรีกล่าวว่างานก่อสร้างจะเริ่มในเดือนเมษายนปีหน้า ผู้เช่ากลุ่มแรกจะย้ายเข้าได้ในอีกสองปี",
}


def prose(seed: int, words: int) -> str:
    chance = random.Random(seed)
    return " ".join(chance.choice(LEXICON) for _ in range(words))


def groups(*items) -> set[frozenset[str]]:
    found: dict[str, set[str]] = {}
    for a in cluster(items):
        found.setdefault(a.cluster, set()).add(a.id)
    return {frozenset(g) for g in found.values() if len(g) > 1}


@pytest.mark.parametrize("lang", TEXTS)
def test_scripts_without_spaces(lang):
    text = TEXTS[lang]
    half = text[: len(text) // 2]
    corrected = text.replace("星期二", "星期三").replace("火曜日", "水曜日").replace("อังคาร", "พุธ")
    assert corrected != text
    others = [item(other, TEXTS[other]) for other in TEXTS if other != lang]
    found = groups(item("a", text), item("cut", half), item("corrected", corrected), *others)
    assert found == {frozenset({"a", "cut", "corrected"})}


def test_a_short_cut_belongs_to_the_long_text_and_says_how():
    whole = prose(1, 700)
    short = " ".join(whole.split()[:105])
    found = {a.id: a for a in cluster([item("whole", whole), item("short", short), item("other", prose(2, 700))])}
    assert found["short"].cluster == found["whole"].cluster == "whole"
    assert found["short"].relation == "contained"
    assert found["whole"].relation == "contains"
    assert found["short"].overlap == 1.0
    assert found["other"].cluster == "other"


def test_a_corrected_copy_stays_in():
    text = prose(3, 300).split()
    corrected = [*text]
    corrected[40], corrected[200] = "Wednesday", "4,100"
    result = overlap(fingerprint(" ".join(text)), fingerprint(" ".join(corrected)))
    assert result.relation == "same"


def test_furniture_is_no_story_and_a_story_told_in_states_is_no_furniture():
    footer = prose(4, 120)
    own = [item(f"own{n}", prose(50 + n, 40) + " " + footer, publisher="ledger.example") for n in range(4)]
    assert groups(*own) == set()
    story = prose(5, 400).split()
    states = [item(f"s{n}", " ".join(story[: 340 + 20 * n]), publisher="wire.example") for n in range(4)]
    assert groups(*states) == {frozenset(s.id for s in states)}


def test_a_groups_furniture_is_known_at_its_smallest_site():
    footer = prose(6, 120)
    large = [
        item(f"{h}{n}", prose(n * 7 + len(h), 40) + " " + footer, publisher=h) for h in ("a", "bb") for n in range(3)
    ]
    small = [item(f"small{n}", prose(90 + n, 40) + " " + footer, publisher=f"c{n}") for n in range(2)]
    assert groups(*large, *small) == set()


def test_a_round_up_chains_nothing():
    briefs = [prose(10 + n, 60) for n in range(4)]
    copies = [item(f"copy{n}", text, publisher=f"s{n}") for n, text in enumerate(briefs)]
    mine = [item(f"brief{n}", text, publisher=f"t{n}") for n, text in enumerate(briefs)]
    day = item("day", " ".join(briefs), publisher="u")
    night = item("night", " ".join(reversed(briefs)), publisher="v")
    pairs = {frozenset({f"copy{n}", f"brief{n}"}) for n in range(4)}
    assert groups(*copies, *mine, day, night) == pairs | {frozenset({"day", "night"})}


def test_what_a_long_text_quotes_in_its_middle_is_another_story():
    brief = prose(20, 60)
    quoting = f"{prose(21, 200)} {brief} {prose(22, 100)}"
    assert groups(item("brief", brief), item("quoting", quoting)) == set()


def test_an_old_text_is_another_story():
    text = prose(23, 100)
    old, new = item("old", text, published_at=T), item("new", text, published_at=T + timedelta(days=8))
    assert groups(old, new) == set()
    assert groups(old, item("soon", text, published_at=T + timedelta(days=6))) == {frozenset({"old", "soon"})}


def test_the_origin_is_the_credited_agency_else_the_first():
    text = prose(24, 200)
    ledger = item("ledger", text, published_at=T, publisher="ledger.example", agency="Reuters")
    courier = item("courier", text, published_at=T + timedelta(hours=1), publisher="courier.example")
    agency = item("agency", text, published_at=T + timedelta(hours=2), publisher="www.reuters.com", agency="Reuters")
    assert {a.origin for a in cluster([ledger, courier])} == {"ledger"}
    assert {a.origin for a in cluster([ledger, courier, agency])} == {"agency"}
    assert agency_at("apnews.com") == "AP"
    assert agency_at("news.example") is None


def test_every_text_is_somewhere_and_alone_it_is_its_own():
    items = [item("empty", ""), item("four", "one two three four"), item("many", prose(25, 50))]
    assert [(a.id, a.cluster, a.origin, a.overlap) for a in cluster(items)] == [
        (name, name, name, 1.0) for name in ("empty", "four", "many")
    ]


def test_the_order_of_the_batch_does_not_matter():
    chance = random.Random(8)
    texts = [prose(n % 5, 200 - 13 * n) for n in range(12)]
    items = [item(f"t{n}", text, publisher=f"s{n % 3}", published_at=T) for n, text in enumerate(texts)]
    first = cluster(items)
    for _ in range(10):
        chance.shuffle(items)
        assert cluster(items) == first
