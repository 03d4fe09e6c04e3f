"""Files are damaged as told: the same chance does the same damage."""

import io
import random
import zlib
from zipfile import ZipFile

import pytest
from specimens import SPECIMENS

from pywats.ingest.converters.damage import KINDS

CONTENTS = {each.name: each.content for each in SPECIMENS}


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_chance_does_the_same_damage_to_any_content(kind):
    for content in CONTENTS.values():
        assert KINDS[kind](content, random.Random(3)) == KINDS[kind](content, random.Random(3))
    assert any(KINDS[kind](content, random.Random(3)) != content for content in CONTENTS.values())


def test_a_bomb_is_small_and_holds_more_than_it_may():
    chance = random.Random(1)
    for name in ("lot.stdf.gz", "runs.xjlog", "lot.stdf.zip"):
        bomb = KINDS["packed"](CONTENTS[name], chance)
        assert len(bomb) < 1_000_000
        if name.endswith(".gz"):
            inner = zlib.decompressobj(31).decompress(bomb)
        else:
            archive = ZipFile(io.BytesIO(bomb))
            inner = archive.read(archive.namelist()[0])
        assert len(inner) > 16 * 1024**2
