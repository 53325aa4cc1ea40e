"""Engines by their names, waiting for workers, certificates, and that a run on this machine knows nothing of it all."""

import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from grader.cluster.certificates import CertificateError, make_certificates, require_certificates, try_handshake
from grader.cluster.crew import Crew
from grader.cluster.engines import Cluster, ClusterEngine, connect, engine_of, host_and_port
from grader.errors import DeepgradeError, NotFoundError, UnavailableError
from grader.records import Isolation
from tests.cluster.test_crew import HERE, introduced

ROOT = Path(__file__).parents[2]


def test_engines_have_names():
    assert engine_of("dask://node1:9000") == ClusterEngine("node1", 9000)
    assert engine_of("dask://[::1]") == ClusterEngine("::1", 8786)
    assert engine_of("slurm") == ClusterEngine(jobs=2)
    assert engine_of("slurm:40") == ClusterEngine(jobs=40)


@pytest.mark.parametrize(
    "name", ["ray", "dask:", "dask://", "slurm:0", "slurm:x", "dask://a:0", "dask://a:99999", "dask://a b"]
)
def test_others_are_refused_with_what_there_is(name):
    with pytest.raises(DeepgradeError) as refused:
        engine_of(name)
    assert refused.value.hint


def test_a_port_is_not_needed():
    assert host_and_port("10.0.0.1") == ("10.0.0.1", 8786)


class PretendedWay:
    """A scheduler whose workers come one look after the other."""

    generation = 0

    def __init__(self, *looks):
        self.looks, self.closed = list(looks), False

    def workers(self):
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]

    def close(self):
        self.closed = True


def cluster(course, way, lines):
    return Cluster(course, way, Crew(HERE, lines.append), lines.append)


def test_without_workers_it_waits_and_says_so(course, monkeypatch):
    monkeypatch.setattr("grader.cluster.engines.LOOKING", 0.01)
    lines = []
    with cluster(course, PretendedWay({}, {}, {"a": introduced()}), lines) as machines:
        machines.wait_for_workers()
        assert machines.size == "1 machine, 2 at a time"
        assert machines.at_once == 8
    assert lines[0].startswith("no worker is there yet, waiting for one: grade worker")
    assert lines[1:] == ["worker a: 2 at a time"]


def test_if_all_are_refused_it_ends(course):
    way = PretendedWay({"a": None})
    with cluster(course, way, []) as machines, pytest.raises(UnavailableError, match="none of the 1 worker"):
        machines.wait_for_workers()
    assert way.closed


def test_only_its_owner_reads_a_new_key(tmp_path):
    files = make_certificates(tmp_path / "new")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in files.folder.iterdir()} == {0o600}
    assert require_certificates(files.folder) == files


def broken(files, what):
    if what == "missing":
        files.key.unlink()
    elif what == "readable":
        files.key.chmod(0o644)
    else:
        files.authority.write_text("none\n", encoding="ascii")


@pytest.mark.parametrize(
    ("what", "words"),
    [("missing", "key.pem missing"), ("readable", "others on this machine can read"), ("torn", "cannot be used")],
)
def test_certificates_that_cannot_be_used(tmp_path, what, words):
    files = make_certificates(tmp_path / "new")
    broken(files, what)
    with pytest.raises(NotFoundError if what == "missing" else CertificateError) as refused:
        require_certificates(files.folder)
    assert words in refused.value.message
    assert refused.value.hint


def test_certificates_expire(tmp_path):
    with pytest.raises(CertificateError, match="expired on") as refused:
        require_certificates(make_certificates(tmp_path / "old", days=0).folder) and None
    assert "rm -r" in refused.value.hint


@pytest.fixture
def listener(tmp_path):
    """Return a port where TLS is spoken with certificates in `theirs`, once."""
    files = make_certificates(tmp_path / "theirs")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(files.authority))
    context.load_cert_chain(files.certificate, files.key)
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve_once, args=(server, context))
        thread.start()
        yield server.getsockname()[1], files
        thread.join()


def _serve_once(server, context):
    plain, _ = server.accept()
    try:
        context.wrap_socket(plain, server_side=True).close()
    except OSError:
        plain.close()


def test_a_scheduler_of_the_same_cluster_is_known(listener):
    port, files = listener
    try_handshake("127.0.0.1", port, files)


def test_one_of_another_cluster_is_foreign(listener, tmp_path):
    port, _ = listener
    with pytest.raises(CertificateError, match="certificates of another cluster") as refused:
        try_handshake("127.0.0.1", port, make_certificates(tmp_path / "ours"))
    assert "scp -rp" in refused.value.hint


def _hang_up(server):
    plain, _ = server.accept()
    plain.close()


def test_what_does_not_speak_tls_is_no_scheduler(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_hang_up, args=(server,))
        thread.start()
        with pytest.raises(CertificateError, match="does not speak TLS"):
            try_handshake("127.0.0.1", server.getsockname()[1], make_certificates(tmp_path / "ours"))
        thread.join()


def test_where_nothing_listens_the_command_that_starts_a_scheduler_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(UnavailableError, match="nothing listens at") as refused:
        try_handshake("127.0.0.1", port, make_certificates(tmp_path / "ours"))
    assert refused.value.hint.endswith(f"grade worker 127.0.0.1:{port} --scheduler")


def test_without_the_extra_it_is_named(course, monkeypatch):
    monkeypatch.setattr("grader.cluster.engines.find_spec", lambda name: None)
    with pytest.raises(UnavailableError, match="distributed, dask_jobqueue, cryptography missing") as refused:
        connect(course, ClusterEngine("here"), Isolation.SEALED, print)
    assert refused.value.hint == 'pip install "deepgrade[cluster]"'


LOCAL = """
import sys
from pathlib import Path
from grader.cli.app import grade
try:
    grade.main(["--course", sys.argv[1], "autograde", sys.argv[2], "--out", sys.argv[3], "--tier", "self"])
except SystemExit:
    pass
assert {"grader.autograde.run", "grader.autograde.executor", "grader.judge.client"} <= {*sys.modules}
others = ("grader.cluster", "distributed", "dask", "cryptography")
print(sorted(name for name in sys.modules if name.startswith(others)))
"""


def test_a_run_on_this_machine_imports_nothing_of_a_cluster(course, tmp_path):
    (tmp_path / "class/anna/counts").mkdir(parents=True)
    (tmp_path / "class/anna/counts/count.py").write_text("\0", encoding="utf-8")
    command = [sys.executable, "-c", LOCAL, str(course.root), str(tmp_path / "class"), str(tmp_path / "out")]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "contains a null byte" in ran.stdout, ran.stdout + ran.stderr
    assert ran.stdout.splitlines()[-1] == "[]"
