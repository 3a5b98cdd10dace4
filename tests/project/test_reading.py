from __future__ import annotations

import os
from pathlib import Path

import pytest

from referee.project.reading import SourceText, Unreadable, read_source
from referee.text.decoding import decode


def test_text_is_decoded_and_keeps_its_line_ends() -> None:
    assert decode("é\r\n\r🙂\n".encode()) == "é\r\n\r🙂\n"


def test_one_byte_order_mark_is_stripped() -> None:
    mark = b"\xef\xbb\xbf"
    assert decode(mark + b"a") == "a"
    assert decode(mark + mark + b"a") == "\ufeffa"
    assert decode(mark) == ""


def test_what_is_not_text_is_refused() -> None:
    with pytest.raises(UnicodeDecodeError):
        decode(b"a\xff")


def read_bytes(folder: Path, data: bytes) -> SourceText | Unreadable:
    path = folder / "schema.prisma"
    path.write_bytes(data)
    return read_source(path)


def test_a_file_is_read_without_its_byte_order_mark(tmp_path: Path) -> None:
    source = read_bytes(tmp_path, b"\xef\xbb\xbfmodel A {\r\n}\r\n")
    assert source == SourceText(tmp_path / "schema.prisma", "model A {\r\n}\r\n")


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "gone.prisma"
    assert read_source(path) == Unreadable(path, "The file does not exist.")


def test_a_folder_is_unreadable(tmp_path: Path) -> None:
    assert read_source(tmp_path) == Unreadable(tmp_path, "This is a folder, not a file.")


def test_a_path_that_cannot_be_is_unreadable(tmp_path: Path) -> None:
    unreadable = read_source(tmp_path / "a\0b")
    assert isinstance(unreadable, Unreadable)
    assert unreadable.reason.startswith("The file cannot be read: ")


def test_a_file_that_may_not_be_read_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "secret.prisma"
    path.write_bytes(b"")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("needs an account that permissions hold for, and this one reads everything")
    assert read_source(path) == Unreadable(path, "The file may not be read: permission is denied.")


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
def test_the_first_byte_that_is_no_text_is_named(tmp_path: Path, line_end: bytes) -> None:
    before = b"\xef\xbb\xbfmodel A {" + line_end + "// é ".encode()
    unreadable = read_bytes(tmp_path, before + b"\xe9" + line_end + b"}")
    assert isinstance(unreadable, Unreadable)
    assert (unreadable.line, unreadable.column) == (2, 6)
    assert unreadable.reason == (
        f"The file is not UTF-8: byte 0xe9 at offset {len(before)}, on line 2, does not belong to"
        " a character."
    )


def test_a_byte_order_mark_does_not_move_the_column(tmp_path: Path) -> None:
    unreadable = read_bytes(tmp_path, b"\xef\xbb\xbfab\xff")
    assert isinstance(unreadable, Unreadable)
    assert (unreadable.line, unreadable.column) == (1, 3)


def test_another_encoding_is_unreadable(tmp_path: Path) -> None:
    unreadable = read_bytes(tmp_path, "model A {".encode("utf-16"))
    assert isinstance(unreadable, Unreadable)
    assert (unreadable.line, unreadable.column) == (1, 1)
