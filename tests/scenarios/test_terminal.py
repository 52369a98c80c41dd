"""The command line as a person uses it: real processes, real model, real database."""

import csv
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.replay import SAMPLE

pytestmark = pytest.mark.slow


def maeum(
    *arguments: str | Path, cwd: Path, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `maeum` in `cwd` with nothing of this machine's settings."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAEUM_")}
    return subprocess.run(
        [sys.executable, "-m", "bot", *map(str, arguments)],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=100,
        env={**clean, "COLUMNS": "110", "PYTHONIOENCODING": "utf-8", **environment},
        check=False,
    )


def failed(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence of a command that must have failed without a traceback."""
    assert done.returncode not in (0, None), done.stdout
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_the_demo_shows_reactions_moods_and_charts(tmp_path: Path) -> None:
    """`maeum demo` ends well and soon, with a chart a channel, and works a second time."""
    for _ in range(2):
        began = time.monotonic()
        done = maeum("demo", cwd=tmp_path)
        seconds = time.monotonic() - began
        assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "#수다의 마음" in done.stdout
    assert "조용히 있기" in done.stdout  # the message of distress
    charts = sorted(tmp_path.joinpath("maeum-demo").glob("*.png"))
    assert len(charts) == 3
    assert all(chart.read_bytes().startswith(b"\x89PNG") for chart in charts)
    assert seconds < 60  # 10 on an idle machine; this one may run other tests beside it


def test_the_demo_leaves_an_install_alone(tmp_path: Path) -> None:
    """Beside a bot's own database it removes its own alone, and serves its own model."""
    database = tmp_path / "maeum.db"
    database.write_bytes(b"kept")
    done = maeum("demo", "--folder", ".", cwd=tmp_path, MAEUM_BACKEND="tensorflow")
    assert done.returncode == 0, done.stderr
    assert database.read_bytes() == b"kept"
    tmp_path.joinpath("demo.db-old").mkdir()
    assert "cannot be removed" in failed(maeum("demo", "--folder", ".", cwd=tmp_path))


def test_the_demo_speaks_english(tmp_path: Path) -> None:
    """--locale en turns every word of ours."""
    done = maeum("demo", "--locale", "en", cwd=tmp_path)
    assert "The mood of" in done.stdout or "mood" in done.stdout
    assert "담담" not in done.stdout


def test_classify_speaks_to_people_and_programs(tmp_path: Path) -> None:
    """A table by default; JSON lines with exactly the promised keys on request."""
    table = maeum("classify", "오늘 정말 행복해", "The meeting is at three.", cwd=tmp_path)
    assert "기쁨" in table.stdout
    done = maeum("classify", "정말 고마워요!", "🎉", "--format", "jsonl", "--scores", cwd=tmp_path)
    thanks, party = (json.loads(line) for line in done.stdout.splitlines())
    assert list(thanks) == ["text", "label", "group", "score", "abstained", "scores"]
    assert (thanks["label"], thanks["group"], thanks["abstained"]) == ("gratitude", "joy", False)
    assert len(thanks["scores"]) == 28
    assert (party["label"], party["abstained"], party["scores"]) == (None, True, {})


def test_classify_reads_files_and_pipes(tmp_path: Path) -> None:
    """A csv file and standard input give the same rows, in order."""
    texts = [f"고마워요 {number}번" for number in range(40)]
    with tmp_path.joinpath("a.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["id", "text"], *enumerate(texts)])
    from_file = maeum("classify", "--file", "a.csv", "--format", "jsonl", cwd=tmp_path)
    piped = maeum("classify", "--format", "jsonl", cwd=tmp_path, stdin="\n".join(texts))
    assert [json.loads(line)["text"] for line in from_file.stdout.splitlines()] == texts
    assert from_file.stdout == piped.stdout


def test_rows_before_a_bad_one_are_written(tmp_path: Path) -> None:
    """An over-long line ends the run with its number; what came before is not lost."""
    tmp_path.joinpath("a.txt").write_bytes(b"thanks!\n" + b"x" * 100_000_000)
    done = maeum("classify", "--file", "a.txt", "--format", "jsonl", cwd=tmp_path)
    assert json.loads(done.stdout)["label"] == "gratitude"
    assert "line 2 is longer than" in failed(done)


def test_replay_then_mood(tmp_path: Path) -> None:
    """A replayed log fills the database that `maeum mood` reads, in words, JSON and PNG."""
    done = maeum("chat", "--replay", SAMPLE, "--locale", "en", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    listed = maeum("mood", "--format", "json", cwd=tmp_path)
    channels = {json.loads(line)["name"] for line in listed.stdout.splitlines()}
    assert channels == {"수다", "game-night", "팀-로켓"}
    window = ("mood", "수다", "--window", "7d", "--until", "2026-03-16")
    told = maeum(*window, "--chart", "out.png", "--locale", "en", cwd=tmp_path)
    assert "Joy" in told.stdout
    assert "Mar 9 00:00 – Mar 16 00:00 (Asia/Seoul)" in told.stdout
    assert tmp_path.joinpath("out.png").read_bytes().startswith(b"\x89PNG")
    figures = json.loads(maeum(*window, "--format", "json", cwd=tmp_path).stdout)
    assert figures["evidence"] == "enough"
    assert sum(figures["groups"].values()) == pytest.approx(1, abs=0.001)
    again = maeum("chat", "--replay", SAMPLE, cwd=tmp_path)
    assert again.returncode == 0
    assert json.loads(maeum(*window, "--format", "json", cwd=tmp_path).stdout) == figures


def test_a_long_log_shows_a_progress_bar(tmp_path: Path) -> None:
    """Too long to watch, a log runs behind a bar and ends with the same kind of moods."""
    with tmp_path.joinpath("long.jsonl").open("w", encoding="utf-8") as file:
        for number in range(3000):
            row = {
                "at": f"2026-03-10T08:12:{number % 60:02}+09:00",
                "channel": "a",
                "id": str(number),
                "author": f"p{number % 7}",
                "text": "고마워요 " + "정말 " * 60,
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    done = maeum("chat", "--replay", "long.jsonl", cwd=tmp_path)
    assert "100%" in done.stdout
    assert "3,000" in done.stdout


def test_chat_reacts_and_answers(tmp_path: Path) -> None:
    """A line is a message, /emotion a command, `why` is about the line before."""
    lines = "오늘 정말 행복해!\n/emotion why\n/emotion 나\n/emotion settings mode stats\n행복해\n"
    done = maeum("chat", cwd=tmp_path, stdin=lines)
    assert done.returncode == 0, done.stderr
    assert "😊" in done.stdout
    assert "제가 읽은 글" in done.stdout
    assert "메시지 1개" in done.stdout
    assert "세기만" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("mood",), "maeum.db does not exist"),
        (("mood", "수다", "--database", "nowhere/x.db"), "does not exist"),
        (("chat", "--replay", "missing.jsonl"), "missing.jsonl does not exist"),
        (("classify", "--file", "missing.txt"), "missing.txt cannot be read"),
        (("classify", "a", "--file", "b.txt"), "give one of them"),
        (("classify", "a", "--model", "no-such-bundle"), "no-such-bundle"),
        (("classify", "a", "--locale", "fr"), "MAEUM_LOCALE=fr"),
        (("chat", "--database", "nowhere/deep/x.db"), "nowhere"),
        (("chat", "--database", "."), "MAEUM_DATABASE=. is wrong: a folder"),
        (("run",), "no platform is set up"),
        (("mood", "a", "--until", "0001-01-01"), "no time of a chat"),
        (("export", "buckets", "--out", "a.csv", "--until", "9999-12-31"), "no time of a chat"),
        (("export", "buckets", "--out", "."), ". is a folder"),
        (("export", "buckets", "--out", "./maeum.db"), "belongs to the database"),
        (("privacy", "export", "a", "--out", "maeum.db.key"), "belongs to the database"),
        (("mood", "a", "--heatmap", "maeum.db"), "belongs to the database"),
        (("mood", "--chart", "a.png"), "draw one channel"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    """Every mistake ends with one line naming it, a non-zero exit, and no traceback."""
    assert told in failed(maeum(*arguments, cwd=tmp_path))


def test_a_person_who_left_is_served_by_the_operator(tmp_path: Path) -> None:
    """`maeum privacy` gives all that is kept of one person, then takes it out of the counts."""
    maeum("chat", "--replay", SAMPLE, cwd=tmp_path)
    shown = maeum("privacy", "show", "보리", cwd=tmp_path)
    mine = json.loads(shown.stdout)["messages"]
    assert mine
    maeum("privacy", "export", "보리", "--out", "a.json", "--workspace", "sample", cwd=tmp_path)
    assert tmp_path.joinpath("a.json").read_text("utf-8") == shown.stdout.rstrip("\n")
    before = counted_in(tmp_path)
    told = maeum("privacy", "delete", "보리", "--locale", "en", cwd=tmp_path).stdout
    assert told == f"Forgot {len(mine)} messages of this person.\n"
    assert before - counted_in(tmp_path) == len(mine)
    assert json.loads(maeum("privacy", "show", "보리", cwd=tmp_path).stdout)["messages"] == []
    unknown = maeum("privacy", "show", "보리", "--workspace", "elsewhere", cwd=tmp_path)
    assert failed(unknown) == "maeum: workspace elsewhere is not known; there are: sample"


def counted_in(folder: Path) -> int:
    """How many messages all channels of the folder's database count."""
    listed = maeum("mood", "--format", "json", cwd=folder).stdout.splitlines()
    return sum(json.loads(line)["messages"] for line in listed)


def test_no_text_steers_the_terminal(tmp_path: Path) -> None:
    """Escapes and half characters that others wrote, and markup in names, are shown as they are."""
    row = {
        "at": "2026-03-10T08:12:00+09:00",
        "channel": "[red]x[/red][/y]",
        "id": "1",
        "author": "m\x1b[31m",
        "text": "thank you \ud83d so\x1b]0;title\x07 much",
    }
    tmp_path.joinpath("a.jsonl").write_text(json.dumps(row), encoding="utf-8")
    for command in (
        ("chat", "--replay", "a.jsonl"),
        ("mood",),
        ("classify", "--file", "a.jsonl"),
        ("classify", "--file", "a.jsonl", "--format", "jsonl"),
        ("mood", "\x1b[31m"),
    ):
        done = maeum(*command, cwd=tmp_path)
        assert "Traceback" not in done.stderr
        assert "\x1b" not in done.stdout + done.stderr
        assert "gratitude" in done.stdout or "고마움" in done.stdout or command[0] == "mood"
    assert "[red]x[/red][/y]" in maeum("mood", cwd=tmp_path).stdout


@pytest.mark.parametrize("command", ["classify thanks", "mood", "model list", "--help"])
def test_an_output_without_room_is_one_sentence(tmp_path: Path, command: str) -> None:
    """Redirected to a full disk, a command says so."""
    maeum("chat", cwd=tmp_path)
    shell = f"{sys.executable} -m bot {command} > /dev/full"
    done = subprocess.run(
        ["bash", "-c", shell], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert failed(done) == "maeum: the output cannot be written: No space left on device"


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    """`maeum classify … | head -1` ends quietly."""
    shell = f"yes 고마워요 | head -500 | {sys.executable} -m bot classify --format jsonl | head -1"
    done = subprocess.run(
        ["bash", "-c", shell], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert json.loads(done.stdout)["label"] == "gratitude"
    assert done.stderr == ""
