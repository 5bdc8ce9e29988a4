"""The drawn pictures and the tables that are made with them, held to the code.

`make pictures` renews what is out of date.
"""

from itertools import chain

import pytest

from docs import draw_image_path, draw_rooms


@pytest.fixture(scope="module")
def rooms():
    return draw_rooms.find_rooms()


def test_the_picture_of_the_rooms_shows_todays_imports(rooms):
    assert draw_rooms.PICTURE.read_text() == draw_rooms.draw_rooms(rooms)


def test_the_tables_of_the_rooms_list_todays_imports(rooms):
    page = draw_rooms.PAGE.read_text()
    assert page == draw_rooms.fill_tables(page, rooms)
    for name in ("pipeline/commands/", "components/features.py"):
        assert f"| `{name}` |" in page


def test_every_room_says_what_it_does(rooms):
    assert [room.path for room in rooms.values() if not room.purpose] == []


def test_no_component_imports_from_the_pipeline(rooms):
    for room in rooms.values():
        if room.name.startswith("components."):
            assert not any(name.startswith("pipeline.") for name in room.imports)


def test_the_picture_of_an_images_way_is_the_one_that_the_script_draws():
    assert draw_image_path.PICTURE.read_text() == draw_image_path.draw_image_path()


@pytest.mark.parametrize(
    "stop",
    [*draw_image_path.IN_A_RUN, *draw_image_path.WHEN_ASKED, draw_image_path.SERVER],
    ids=lambda stop: stop.title,
)
def test_the_code_at_every_stop_of_the_way_exists(stop):
    assert stop.source == "" or (draw_rooms.ROOT / stop.source).is_file()


def test_names_of_functions_on_the_way_are_those_of_the_code():
    ways = chain(draw_image_path.IN_A_RUN, draw_image_path.WHEN_ASKED)
    texts = " ".join(f"{stop.title} {' '.join(stop.lines)}" for stop in ways)
    folder = draw_rooms.ROOT / "components/transform"
    code = " ".join(file.read_text() for file in folder.glob("*.py"))
    for function in ("check_images", "decode_images", "scale_pixels"):
        assert function in texts
        assert f"def {function}(" in code
