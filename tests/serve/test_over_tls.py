"""`grade serve` behind a certificate: a real handshake, and what goes over the wire after it."""

import contextlib
import http.client
import os
import re
import socket
import ssl
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from grader.autograde.journal import NAME, Journal
from grader.cli.serve import GRADE
from grader.errors import DeepgradeError
from grader.serve.listening import Certificate, listen
from tests.toy_course import make_course

PATIENCE = 60.0  # seconds until there is a link


def make_certificate(folder, name="localhost"):
    """Write a certificate of a name that signs itself, and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / f"{name}.pem", folder / f"{name}.key"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    secret.write_bytes(key.private_bytes(*form))
    return Certificate(chain, secret)


def printed_link(process, log):
    """Return the link that the command prints once it listens."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        if link := re.search(r"https?://\S+", log.read_text(encoding="utf-8")):
            return link.group()
        time.sleep(0.05)
    raise AssertionError(log.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Return the link of a server with a certificate, its port, and the certificate."""
    folder = tmp_path_factory.mktemp("tls")
    root, results, log = folder / "course", folder / "results", folder / "log.txt"
    make_course(root)
    with Journal(results / NAME):
        pass
    files = make_certificate(folder)
    options = ("--port=0", "--host=localhost", f"--certificate={files.chain}", f"--key={files.key}")
    names = ("DEEPGRADE", "PYTEST")
    settings = {name: value for name, value in os.environ.items() if not name.startswith(names)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*GRADE, f"--course={root}", "serve", str(results), *options],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=settings | {"PYTHONUNBUFFERED": "1"},
        )
    try:
        link = printed_link(process, log)
        yield SimpleNamespace(link=link, port=int(link.split(":")[2].split("/")[0]), files=files, log=log)
    finally:
        process.terminate()
        process.wait()


def trusting(files):
    context = ssl.create_default_context(cafile=str(files.chain))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@contextlib.contextmanager
def connection(served, context=None):
    line = http.client.HTTPSConnection("localhost", served.port, context=context or trusting(served.files), timeout=30)
    try:
        yield line
    finally:
        line.close()


def answer_of(line, method, path, body=None, **headers):
    line.request(method, path, body, headers)
    answer = line.getresponse()
    answer.read()
    return answer


def test_who_trusts_the_certificate_gets_in_once_with_a_cookie_for_tls_alone(served):
    path = served.link.split(str(served.port))[1]
    with connection(served) as line:
        answer = answer_of(line, "GET", path)
        cookie = answer.headers["set-cookie"]
        assert (answer.status, answer.headers["location"]) == (303, "/")
        assert cookie.startswith(f"__Host-deepgrade-{served.port}=")
        assert {"Secure", "HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
        assert line.sock.version() in {"TLSv1.2", "TLSv1.3"}
        assert answer_of(line, "GET", path).status == 403
        inside = cookie.split(";")[0]
        assert answer_of(line, "GET", "/", Cookie=inside).status == 200
        assert answer_of(line, "GET", "/", Cookie=inside, Host=f"evil.example:{served.port}").status == 421
        change, form = "form=guessed", "application/x-www-form-urlencoded"
        sent = {"Cookie": inside, "Content-Type": form}
        assert answer_of(line, "POST", "/adjust", change, **sent).status == 403
        assert answer_of(line, "POST", "/adjust", change, Origin="https://evil.example", **sent).status == 403


def test_who_does_not_trust_the_certificate_ends_before_a_byte_of_the_link(served):
    with connection(served, ssl.create_default_context()) as line, pytest.raises(ssl.SSLCertVerificationError):
        line.request("GET", "/")


def test_plain_http_gets_no_page(served):
    with socket.create_connection(("localhost", served.port), timeout=30) as line:
        line.sendall(f"GET / HTTP/1.1\r\nHost: localhost:{served.port}\r\n\r\n".encode())
        with contextlib.suppress(ConnectionResetError):
            assert b"HTTP/1.1 200" not in line.recv(4096)
    assert "Traceback" not in served.log.read_text(encoding="utf-8")


@pytest.mark.skipif(not ssl.HAS_TLSv1_1, reason="this OpenSSL has no TLS 1.1 to offer")
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
def test_old_versions_of_tls_are_refused(served):
    old = trusting(served.files)
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("DEFAULT:@SECLEVEL=0")  # or this side would not even ask
    with connection(served, old) as line, pytest.raises(ssl.SSLError, match=r"ALERT|EOF"):  # the server's answer
        line.request("GET", "/")


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_an_address_that_means_every_one_is_no_name_for_browsers(host, tmp_path):
    with pytest.raises(DeepgradeError, match="every address of this machine"):
        listen(host, 0, make_certificate(tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems route the address for documentation elsewhere")
def test_other_machines_are_served_under_tls_alone():
    with pytest.raises(DeepgradeError, match="unencrypted"):
        listen("192.0.2.7", 0)
