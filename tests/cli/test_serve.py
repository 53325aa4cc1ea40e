"""`grade serve`: the link that it prints, and a sentence for whatever is in the way."""

import socket
import sys

import pytest

from grader.autograde.journal import NAME, Journal
from grader.records import Result, Status

URL = "http://127.0.0.1:"


@pytest.fixture
def results(root):
    with Journal(root / "results" / NAME) as journal:
        journal.put(Result("ada", "lines", Status.GRADED))
    return root / "results"


@pytest.fixture
def served(monkeypatch):
    """Return the addresses that are served; nothing is."""
    addresses = []

    def note(pages, listener, certificate=None):
        addresses.append(listener.getsockname())
        listener.close()

    monkeypatch.setattr("grader.serve.listening.serve", note)
    return addresses


def test_it_serves_this_machine_alone_and_prints_a_link(run_in, root, results, served):
    done = run_in(root, "serve", "--port", "0")
    assert done.exit_code == 0, done.stderr
    ((host, port),) = served
    assert host == "127.0.0.1"
    link = done.output.split()[-1]
    assert link.startswith(f"{URL}{port}/enter?token=")
    assert len(link.partition("token=")[2]) >= 40


def test_ctrl_c_is_its_end(run_in, root, results, monkeypatch):
    def stop(pages, listener, certificate=None):
        listener.close()
        raise KeyboardInterrupt

    monkeypatch.setattr("grader.serve.listening.serve", stop)
    assert run_in(root, "serve", "--port", "0").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "sentence", "command"),
    [
        (["nowhere"], "there are no results in", "grade autograde SUBMISSIONS"),
        (["--host", "0.0.0.0"], "every address of this machine", "--host grades.example.org"),
        (["--host", "192.0.2.7"], "reached from other machines", "--certificate FILE --key FILE"),
        (["--host", "192.0.2.7", "--certificate", "a.pem"], "belong together", "--certificate FILE --key FILE"),
        (["--host", "192.0.2.7", "--certificate", "a.pem", "--key", "b.pem"], "there is no file", "--key FILE"),
        (["--certificate", "course.toml", "--key", "course.toml"], "are no certificate and its key", "PEM"),
        (["--host", "grades.invalid"], "there is no address grades.invalid", "leave out --host"),
    ],
)
def test_what_is_in_the_way_is_a_sentence_and_the_next_command(
    run_in, root, results, served, arguments, sentence, command
):
    done = run_in(root, "serve", *arguments)
    assert done.exit_code == 2
    text = " ".join(done.stderr.split())
    assert sentence in text
    assert command in text.partition("try: ")[2]
    assert served == []


def test_a_port_in_use_is_told(run_in, root, results, served):
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = run_in(root, "serve", "--port", str(other.getsockname()[1]))
    assert done.exit_code == 2
    assert "is in use" in done.stderr
    assert "grade serve --port 0" in done.stderr


def test_without_the_extra_it_says_what_to_install(run_in, root, results, served, monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    done = run_in(root, "serve")
    assert done.exit_code == 2
    assert 'pip install "deepgrade[serve]"' in done.stderr


def test_a_student_bundle_has_no_class(run_in, bundle):
    done = run_in(bundle, "serve")
    assert done.exit_code == 2
    assert "it has no class to show" in done.stderr
