"""Draws and lists the rooms: the folders and single modules of the code, by imports.

Writes `docs/rooms.svg` and the tables in `docs/architecture.md`: `make pictures`. The
modules are read and not imported.
"""

import ast
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import networkx

from docs.drawing import box_height, draw_box, draw_panel, draw_picture

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
PICTURE = ROOT / "docs" / "rooms.svg"
# The packages, the upper one first.
PACKAGES = ("pipeline", "components")
_BEGIN, _END = "<!-- rooms of {} -->", "<!-- /rooms -->"

_COLUMNS, _WIDTH, _GAP, _MARGIN = 4, 1000, 12, 20
_PIXELS_PER_LETTER = 7  # or less


@dataclass(frozen=True)
class Room:
    """A folder of a package, or a single module beside the folders.

    Attributes:
        name: Dotted name.
        purpose: First sentence of its docstring.
        imports: Names of the rooms that it imports from.
    """

    name: str
    purpose: str
    imports: frozenset[str]

    @property
    def path(self) -> str:
        """Where it is, from the root of the repository."""
        path = self.name.replace(".", "/")
        return f"{path}/" if (ROOT / path).is_dir() else f"{path}.py"


def main() -> None:
    """Writes the picture and the tables."""
    rooms = find_rooms()
    PICTURE.write_text(draw_rooms(rooms))
    PAGE.write_text(fill_tables(PAGE.read_text(), rooms))


def find_rooms() -> dict[str, Room]:
    """Reads the sources.

    Returns:
        The rooms by name, in alphabetical order.
    """
    imports: dict[str, set[str]] = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            room = _room_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
            if room:
                found = (_room_of(name) for name in _imported_names(path))
                imports.setdefault(room, set()).update(filter(None, found))
    return {
        name: Room(
            name, _purpose(name), frozenset(imports[name] & set(imports) - {name})
        )
        for name in sorted(imports)
    }


def draw_rooms(rooms: dict[str, Room]) -> str:
    """Draws each room above all those that it imports from.

    Args:
        rooms: The rooms by name.

    Returns:
        The text of an SVG file.
    """
    frame_width = _WIDTH - 2 * _MARGIN
    parts = []
    y = _MARGIN
    for package in PACKAGES:
        top, y = y, y + 34
        boxes = []
        for row in _rows(package, rooms):
            width = (frame_width - _GAP) // len(row) - _GAP
            height = 0
            for column, room in enumerate(row):
                title = room.path.removeprefix(f"{package}/")
                purpose = room.purpose.replace("`", "")
                lines = textwrap.wrap(purpose, (width - _GAP) // _PIXELS_PER_LETTER)
                x = _MARGIN + _GAP + column * (width + _GAP)
                boxes.append(draw_box(x, y, width, title, lines, "own"))
                height = max(height, box_height(lines))
            y += height + _GAP
        frame = draw_panel(_MARGIN, top, frame_width, y - top, f"{package}/")
        parts += [frame, *boxes]
        y += _MARGIN
    description = "The rooms of the code: each imports only from those in rows below"
    return draw_picture(_WIDTH, y, description, parts)


def fill_tables(page: str, rooms: dict[str, Room]) -> str:
    """Writes the rooms of each package between the marks on the page.

    Args:
        page: Text of the page.
        rooms: The rooms by name.

    Returns:
        The text with today's tables.
    """
    for package in PACKAGES:
        begin = _BEGIN.format(package)
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(_END)
        table = "\n".join(_table(package, rooms))
        page = f"{before}{begin}\n\n{table}\n\n{_END}{after}"
    return page


def _table(package: str, rooms: dict[str, Room]) -> Iterator[str]:
    yield "| room | what it does | imports from |"
    yield "|---|---|---|"
    for room in rooms.values():
        if room.name.partition(".")[0] == package:
            imports = ", ".join(f"`{name}`" for name in sorted(room.imports))
            yield f"| `{room.path}` | {room.purpose} | {imports} |"


def _rows(package: str, rooms: dict[str, Room]) -> Iterator[list[Room]]:
    """Yields a package's rooms from the top down, as many as fit side by side."""
    graph = networkx.DiGraph()
    for room in rooms.values():
        if room.name.partition(".")[0] == package:
            graph.add_node(room.name)
    for name in list(graph):
        inner = rooms[name].imports & set(graph)
        graph.add_edges_from((imported, name) for imported in inner)
    # import-linter has refused circles, for which there are no generations.
    for level in reversed(list(networkx.topological_generations(graph))):
        names = sorted(level)
        for start in range(0, len(names), _COLUMNS):
            yield [rooms[name] for name in names[start : start + _COLUMNS]]


def _room_of(name: str) -> str | None:
    """Returns the room of a module or of a name in it; None for all others."""
    package, _, rest = name.partition(".")
    room = rest.partition(".")[0]
    if package not in PACKAGES or not room or room.startswith("__"):
        return None
    return f"{package}.{room}"


def _imported_names(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _purpose(name: str) -> str:
    path = ROOT.joinpath(*name.split("."))
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    docstring = ast.get_docstring(ast.parse(source.read_bytes())) or ""
    return " ".join(docstring.partition("\n\n")[0].split())


if __name__ == "__main__":
    main()
