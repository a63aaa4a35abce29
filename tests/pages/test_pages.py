# SPDX-License-Identifier: GPL-3.0-or-later
"""The man pages say all that `--help` says, and the shells complete every option."""

import os
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from pages.__main__ import files, main
from pages.programs import Program, programs

DAY = date(2026, 11, 21)
BOTH = programs()
CHARACTERS = {r"\-": "-", r"\(aq": "'", r"\(ga": "`", r"\(ha": "^", r"\(ti": "~", r"\&": ""}


def name(program: Program) -> str:
    return program.name


def page(program: Program) -> str:
    return files(DAY)[f"man/man1/{program.name}.1"]


def read(troff: str) -> str:
    """What a reader sees of it, all in one line."""
    text = re.sub(r"\\\[u([0-9A-F]+)\]", lambda found: chr(int(found[1], 16)), troff)
    text = re.sub(r"\\f[BIR]", "", text)
    text = re.sub(r"(?m)^\.(TP|PP|RS|RE|nf|fi|br)\b.*$|^\.(SH|SS) ", "", text)
    for escape, character in CHARACTERS.items():
        text = text.replace(escape, character)
    return one_line(text.replace(r"\e", "\\"))


def one_line(text: str) -> str:
    return " ".join(text.split())


def options_of(program: Program) -> set[str]:
    """The long ones in `--help`."""
    return set(re.findall(r"(?m)^ {2}(?:-\w, )?(--[\w-]+)", program.parser.format_help()))


@pytest.mark.parametrize("program", BOTH, ids=name)
def test_a_page_has_every_option_and_all_that_is_said_of_it(program: Program) -> None:
    seen = read(page(program))
    items: list[str] = []
    for parser in (program.parser, *program.others):
        said = parser.format_help()
        listed = said.partition("\n\n")[2].partition("\nexamples:")[0]
        # An item: its name, then what it does, over as many lines as that takes.
        items += re.findall(r"(?m)^ {2}([-A-Z[]\S*.*(?:\n {3,}\S.*)*)", listed)
    assert len(items) > 20
    assert [item for item in items if one_line(item) not in seen] == []


@pytest.mark.parametrize("program", BOTH, ids=name)
def test_a_page_has_every_word_below_the_options(program: Program) -> None:
    seen = read(page(program)).lower()
    for parser in (program.parser, *program.others):
        for line in (parser.epilog or "").splitlines():
            heading = re.fullmatch("([a-z]+):", line)
            assert (heading[1] if heading else one_line(line).lower()) in seen


def test_the_server_s_page_has_what_its_other_commands_are_told() -> None:
    seen = read(page(BOTH[1]))
    for words in ("COMMANDS add --file FILE NAME add a user", "certificate [-h] [--out DIR]"):
        assert words in seen


def test_examples_stay_as_they_are_and_sentences_are_filled() -> None:
    client, server = map(page, BOTH)
    examples = client[client.index(".SH EXAMPLES") : client.index(".SH FILES")]
    assert examples.count("\n.nf\n") == examples.count("\n.fi\n") == 1
    assert "\nantiphon localhost                                 the shell, port" in examples
    assert "\n.nf\n" not in client[client.index(".SH COMMANDS") : client.index(".SH EXAMPLES")]
    assert '\n.nf\nfolder = "/srv/music"\n' in server


@pytest.mark.parametrize("program", BOTH, ids=name)
@pytest.mark.parametrize(
    "checker",
    [("mandoc", "-Tlint", "-Wwarning"), ("groff", "-ww", "-man", "-Tutf8", "-z")],
    ids=lambda words: words[0],
)
def test_those_that_show_pages_have_nothing_to_say(
    program: Program, checker: tuple[str, ...], tmp_path: Path
) -> None:
    if shutil.which(checker[0]) is None:
        pytest.skip(f"{checker[0]} is not installed")
    file = tmp_path / "page.1"
    file.write_text(page(program), "utf-8")
    done = subprocess.run([*checker, file], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def completed(program: Program, word: str, folder: Path, *before: str) -> set[str]:
    """What bash offers for a word behind the program's name, and what stands `before` it."""
    script = folder / "completion"
    script.write_text(files(DAY)[f"bash-completion/completions/{program.name}"], "utf-8")
    ask = r"""
        source "$1"
        COMP_WORDS=("${@:2}")
        COMP_CWORD=$(($# - 2))
        [[ $(complete -p "$2") =~ -F\ ([^ ]+) ]]
        "${BASH_REMATCH[1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    """
    done = subprocess.run(
        ["bash", "-c", ask, "bash", script, program.name, *before, word],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("program", BOTH, ids=name)
def test_bash_completes_every_option(program: Program, tmp_path: Path) -> None:
    wanted = options_of(program)
    assert len(wanted) > 15
    assert completed(program, "--", tmp_path) == wanted


def test_bash_completes_the_music_folder(tmp_path: Path) -> None:
    (tmp_path / "music").mkdir()
    (tmp_path / "music.txt").touch()
    assert completed(BOTH[1], "mus", tmp_path) == {"music"}
    assert completed(BOTH[1], "mus", tmp_path, "8080") == {"music"}
    assert completed(BOTH[1], "mus", tmp_path, "check", "8080") == {"music"}


def test_bash_completes_the_server_s_other_commands(tmp_path: Path) -> None:
    (tmp_path / "treasure").mkdir()
    server = BOTH[1]
    commands = {"certificate", "check", "tree", "user"}
    assert {one.prog.split()[-1] for one in server.others} == commands
    assert completed(server, "", tmp_path) >= commands
    assert completed(server, "tre", tmp_path) == {"tree", "treasure"}
    assert completed(server, "", tmp_path, "user") == {"add", "remove", "list", "check"}
    assert completed(server, "--f", tmp_path, "user", "add") == {"--file"}
    assert completed(server, "--s", tmp_path, "tree") == {"--state", "--socket"}
    assert completed(server, "--", tmp_path, "check") == options_of(server) - {"--version"} | {
        "--version",
        "--handed-over",
    }
    (tmp_path / "users").touch()
    assert completed(server, "use", tmp_path, "user", "add", "--file") == {"users"}


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("", {"certificate", "check", "tree", "user", "treasure"}),
        ("check --han", {"--handed-over"}),
        ("user ", {"add", "remove", "list", "check"}),
        ("8080 tr", {"treasure"}),
        ("treasure --follow", {"--follow-links"}),
    ],
)
def test_zsh_completes_the_server_s_commands_and_folders(
    line: str, offered: set[str], tmp_path: Path
) -> None:
    if shutil.which("zsh") is None:
        pytest.skip("zsh is not installed")
    (tmp_path / "treasure").mkdir()
    (tmp_path / "_antiphon-server").write_text(
        files(DAY)["zsh/site-functions/_antiphon-server"], "utf-8"
    )
    # What is completed is also run, and must not be a server that may be installed here.
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "antiphon-server").symlink_to("/bin/true")
    # Another shell in a terminal of its own, in which TAB is pressed as a person does.
    ask = r"""
        zmodload zsh/zpty
        zpty shell zsh -f -i
        zpty -w shell "PS1= PS2=; stty -echo; fpath=($PWD \$fpath); autoload -U compinit"
        zpty -w shell "compinit -u -d $PWD/dump; zstyle ':completion:*' list-packed no"
        zpty -w shell "zstyle ':completion:*' verbose no; LISTMAX=1000; echo READY''NOW"
        zpty -r -m shell seen '*READYNOW*'
        zpty -w -n shell "antiphon-server $1"$'		'
        zpty -w shell " ; echo THE''END"
        while zpty -r shell piece; do
            print -rn -- "$piece"
            [[ $piece == *THEEND* ]] && break
        done
        zpty -d shell
    """
    done = subprocess.run(
        ["zsh", "-f", "-c", ask, "zsh", line],
        cwd=tmp_path,
        env=os.environ | {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert {word for word in offered if word not in done.stdout} == set()


@pytest.mark.parametrize("program", BOTH, ids=name)
def test_zsh_has_every_option(program: Program) -> None:
    script = files(DAY)[f"zsh/site-functions/_{program.name}"]
    assert script.startswith(f"#compdef {program.name}\n")
    for option in options_of(program):
        assert re.search(rf'["{{,)*]{option}["}}\[]', script), option


def test_the_command_writes_them_with_the_date_of_the_source(tmp_path: Path) -> None:
    seconds = 20778 * 86400 + 1
    assert main([str(tmp_path)], {"SOURCE_DATE_EPOCH": str(seconds)}) == 0
    written = {
        str(path.relative_to(tmp_path)): path.read_text("utf-8")
        for path in tmp_path.rglob("*")
        if path.is_file()
    }
    assert written == files(DAY)


def test_the_command_wants_one_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], {}) == main(["--help"], {}) == 2
    assert "python -m pages FOLDER" in capsys.readouterr().err
