"""A sheet of QR codes to print and cut: on each card a device, its code, and what to do with it.

Which devices, and the tokens, are ``commands/devices/sheet.py``.
"""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import segno
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as Outline

from corridor.instant import format_instant
from waywarn.provision.invitation import Invitation
from waywarn.provision.token import TokenKind

PAGE_MM = (210.0, 297.0)  # A4
COLUMNS, ROWS = 2, 4
MARGIN_MM = 10.0
CODE_MM = 42.0
QUIET_MODULES = 4  # white about a code (ISO/IEC 18004, 5.3.8)
PNG_DPI = 200
INCH_MM = 25.4
NAME_WIDTH, TEXT_WIDTH, CODE_WIDTH = 17, 38, 68  # letters in a line, as wide as they mostly are
NAME_PT, LONG_NAME_PT, TEXT_PT, CODE_PT = 13.0, 10.0, 6.5, 5.5
LINE_MM_OF_PT = 1.25 * INCH_MM / 72
CUT_COLOUR = "#B0B0B0"

HOW = {
    TokenKind.TRACKER: (
        "On the device, with what the code or the lines below say:",
        "waywarn device enroll 'ADDRESS' TOKEN",
        "and then:",
        "waywarn publish -c tracker.toml",
    ),
    TokenKind.PHONE: (
        "In Linphone: assistant, fetch remote configuration (remote provisioning), scan this code.",
        "The phone has its account then.",
    ),
}


def write_sheet(file: Path, invitations: Sequence[Invitation]) -> tuple[Path, ...]:
    """Draw the cards; gives the files written.

    Parameters
    ----------
    file
        ``.pdf`` with all pages, or ``.png``: one file a page, numbered from the second on.
    invitations
        At least one.
    """
    a_page = COLUMNS * ROWS
    pages = [invitations[start : start + a_page] for start in range(0, len(invitations), a_page)]
    if file.suffix.lower() == ".pdf":
        _own(file)
        with PdfPages(file, metadata={"Title": "waywarn: devices to enrol"}) as document:
            for page in pages:
                document.savefig(_page(page))
        return (file,)
    files = [
        file if not number else file.with_stem(f"{file.stem}-{number + 1}") for number in range(len(pages))
    ]
    for each, page in zip(files, pages, strict=True):
        _own(each)
        _page(page).savefig(each, dpi=PNG_DPI)
    return tuple(files)


def _own(file: Path) -> None:
    """Make a file, or keep one, that only its owner reads: whoever reads a token can use it."""
    file.touch(mode=0o600)
    file.chmod(0o600)


def _page(invitations: Sequence[Invitation]) -> Figure:
    width, height = PAGE_MM
    figure = Figure(figsize=(width / INCH_MM, height / INCH_MM))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)  # millimetres from the upper left corner, as a page is read
    axes.axis("off")
    card = (width - 2 * MARGIN_MM) / COLUMNS, (height - 2 * MARGIN_MM) / ROWS
    for place, invitation in enumerate(invitations):
        row, column = divmod(place, COLUMNS)
        corner = MARGIN_MM + column * card[0], MARGIN_MM + row * card[1]
        axes.add_patch(
            Rectangle(corner, *card, fill=False, edgecolor=CUT_COLOUR, linewidth=0.5, linestyle=":")
        )
        axes.add_patch(_code(invitation.text, corner[0] + 3, corner[1] + 3))
        for x_mm, y_mm, size, weight, family, text in _words(invitation, *corner):
            axes.text(
                x_mm, y_mm, text, fontsize=size, weight=weight, family=family, va="top", parse_math=False
            )
    return figure


def _code(text: str, left_mm: float, top_mm: float) -> PathPatch:
    """Draw a code of `CODE_MM` with its quiet zone: one path of squares, sharp at any size."""
    matrix = np.array([*segno.make_qr(text, error="m").matrix_iter(border=QUIET_MODULES)], dtype=bool)
    side_mm = CODE_MM / len(matrix)
    y, x = matrix.nonzero()
    corners_mm = np.column_stack((left_mm + x * side_mm, top_mm + y * side_mm))  # (N, 2)
    square = np.asarray(Outline.unit_rectangle().vertices, dtype=float) * side_mm  # (5, 2)
    vertices = (corners_mm[:, None, :] + square).reshape(-1, 2)
    codes = np.tile(np.asarray(Outline.unit_rectangle().codes), len(corners_mm))
    return PathPatch(Outline(vertices, codes), facecolor="black", edgecolor="none", antialiased=False)


Words = tuple[float, float, float, str, str, str]  # x, y, size, weight, family, text


def _words(invitation: Invitation, left_mm: float, top_mm: float) -> list[Words]:
    right_mm = left_mm + CODE_MM + 4
    lines = textwrap.wrap(invitation.name, NAME_WIDTH)
    size = NAME_PT if len(lines) == 1 else LONG_NAME_PT
    below_mm = top_mm + 6 + len(lines) * size * LINE_MM_OF_PT
    until = f"once, until {format_instant(invitation.issue.expires_at)}"
    how = "\n".join(line for said in HOW[invitation.issue.kind] for line in textwrap.wrap(said, TEXT_WIDTH))
    words: list[Words] = [
        (right_mm, top_mm + 6, size, "bold", "sans-serif", "\n".join(lines)),
        (right_mm, below_mm + 1, TEXT_PT, "normal", "sans-serif", f"{until}\n\n{how}"),
    ]
    if invitation.issue.kind is TokenKind.TRACKER:
        copied = textwrap.fill(str(invitation.url), CODE_WIDTH, break_on_hyphens=False)
        below = f"{copied}\n{invitation.issue.token}"
        words.append((left_mm + 4, top_mm + CODE_MM + 12, CODE_PT, "normal", "monospace", below))
    return words
