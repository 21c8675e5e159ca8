"""Files: read strictly, and whatever is wrong with one is said with its name and, where it is known, the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from cogauth import ConfigurationError
from cogauth.file.reader import read_file


def written(folder: Path, name: str, content: str | bytes) -> Path:
    """Write a file."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("a.toml", 'version = 1\n[roles]\na = { groups = ["ä"] }\n', id="TOML"),
        pytest.param("a.toml", 'version = 1\r\n[roles]\r\na = { groups = ["ä"] }\r\n', id="TOML, CRLF"),
        pytest.param("a.json", '{"version": 1, "roles": {"a": {"groups": ["ä"]}}}', id="JSON"),
        pytest.param("a.json", '{"version": 1, "roles": {"a": {"groups": ["\\u00e4"]}}}', id="JSON, escaped"),
        pytest.param("a.yaml", "version: 1\nroles:\n  a: {groups: [ä]}", id="YAML"),
        pytest.param("a.yml", "version: 1\nroles:\n  a:\n    groups:\n    - ä\n", id="YAML, in lines"),
    ],
)
def test_the_formats_say_the_same(tmp_path: Path, name: str, content: str) -> None:
    """The name tells which of them it is."""
    assert {"version": 1, "roles": {"a": {"groups": ["ä"]}}} == read_file(written(tmp_path, name, content)).table


def test_a_path_may_be_text(tmp_path: Path) -> None:
    """As everywhere in Python."""
    assert {} == read_file(str(written(tmp_path, "a.toml", ""))).table


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("a.toml", "version = 1\nroles = \n", "at line 2", id="TOML, a mistake in a line"),
        pytest.param(
            "a.toml", "version = 1\nversion = 1\n", "Cannot overwrite a value .at line 2", id="TOML, a key twice"
        ),
        pytest.param("a.toml", "[roles]\n[roles]\n", "Cannot declare .* twice .at line 2", id="TOML, a table twice"),
        pytest.param("a.toml", '[roles]\na = {x = "1", x = "2"}\n', "line 2", id="TOML, a key twice in one line"),
        pytest.param("a.toml", "\ufeffversion = 1\n", "line 1", id="TOML, a byte order mark"),
        pytest.param("a.toml", '{"version": 1}', "line 1", id="TOML, but it is JSON"),
        pytest.param("a.toml", "a = " + "[" * 100_000, "nested too deep", id="TOML, nested"),
        pytest.param("a.toml", 'a = "\xff"'.encode("latin-1"), "is not UTF-8 text", id="TOML, Latin-1"),
        pytest.param("a.toml", "version = 1".encode("utf-16"), "is not UTF-8 text", id="TOML, UTF-16"),
        pytest.param("a.json", "", "line 1", id="JSON, empty"),
        pytest.param("a.json", '{"version": 1,\n "version": 1}', "a member stands twice", id="JSON, a member twice"),
        pytest.param("a.json", '{"a": [{"b": {"c": 1, "c": 1}}]}', "a member stands twice", id="JSON, twice, deeper"),
        pytest.param("a.json", '{"a": 1, "\\u0061": 2}', "a member stands twice", id="JSON, twice, once escaped"),
        pytest.param("a.json", '{"version": 1,\n}', "line [12]", id="JSON, a comma too many"),
        pytest.param("a.json", '{"version": 1} x', "line 1", id="JSON, and more"),
        pytest.param("a.json", '{"a": NaN}', "NaN is no number", id="JSON, NaN"),
        pytest.param("a.json", '{"a": -Infinity}', "-Infinity is no number", id="JSON, infinity"),
        pytest.param("a.json", '{"a": ' + "1" * 5_000 + "}", "digits", id="JSON, an endless number"),
        pytest.param("a.json", "\ufeff{}", "BOM", id="JSON, a byte order mark"),
        pytest.param("a.json", "[" * 100_000, "nested too deep", id="JSON, nested"),
        pytest.param("a.json", b'{"a": "\xff"}', "is not UTF-8 text", id="JSON, Latin-1"),
        pytest.param("a.json", "[]", "must be a table at the top", id="JSON, an array"),
        pytest.param("a.json", "null", "must be a table at the top", id="JSON, null"),
        pytest.param("a.json", '"version"', "must be a table at the top", id="JSON, a string"),
        pytest.param("a.yaml", "\ufeffa: 1", "byte order mark", id="YAML, a byte order mark"),
        pytest.param("a.yaml", "a: 1\na: 2", "line 2: the key 'a' stands twice", id="YAML, a key twice"),
        pytest.param("a.yml", "a: no", "line 1: 'no' is read in different ways", id="YAML, a trap"),
        pytest.param("a.yaml", "- a", "must be a table at the top", id="YAML, a list"),
        pytest.param("a.yaml", "", "must be a table at the top", id="YAML, empty"),
        pytest.param("a.yaml", "[" * 100_000, "nested too deep", id="YAML, nested"),
        pytest.param("a.TOML", "version = 1", "the name must end in .toml, .json, .yaml or .yml", id="another case"),
        pytest.param("cogauth", "version = 1", "the name must end in .toml, .json, .yaml or .yml", id="no ending"),
        pytest.param("a.toml", b"#" * (16 * 1024 * 1024 + 1), "too large", id="too large"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, name: str, content: str | bytes, message: str) -> None:
    """One error class for whatever is wrong, and the file's name before it."""
    path = written(tmp_path, name, content)
    with pytest.raises(ConfigurationError, match=message) as caught:
        read_file(path)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("a.toml", "x = 1\n[a]\nb = [\n1,\n2 ]\n", id="TOML"),
        pytest.param("a.json", '{"x": 1,\n"a": {\n"b": [\n1,\n2]}}', id="JSON"),
        pytest.param("a.yaml", "x: 1\na:\n  b: [\n    1,\n    2]\n", id="YAML"),
    ],
)
def test_lines_are_told(tmp_path: Path, name: str, content: str) -> None:
    """Of what is there, and of what is next above what is not."""
    document = read_file(written(tmp_path, name, content))
    assert tmp_path / name == document.file
    assert [1, 2, 3, 4, 5] == [
        document.line_of(path) for path in (("x",), ("a",), ("a", "b"), ("a", "b", 0), ("a", "b", 1))
    ]
    assert [3, 2, 1] == [document.line_of(path) for path in (("a", "b", 2), ("a", "c", "d"), ("x", 5))]
    assert document.line_of(("z",)) is document.line_of(()) is None


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    """So is why it could not be read."""
    with pytest.raises(ConfigurationError, match=r"nowhere\.toml: cannot be read: No such file"):
        read_file(tmp_path / "nowhere.toml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """Whatever its name is."""
    folder = tmp_path / "a.toml"
    folder.mkdir()
    with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
        read_file(folder)
