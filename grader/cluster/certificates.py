"""Certificates of a cluster: one folder that its machines share, made once, and checked before anything connects.

The folder has an authority's certificate, and a certificate with its key that all machines use. The authority's key is
thrown away as soon as it has signed: nobody can add a machine without the folder.
"""

import os
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from grader.errors import DeepgradeError, NotFoundError, UnavailableError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate, KeyUsage

INSTALL = 'pip install "deepgrade[cluster]"'

DAYS = 365
SECONDS = 10.0  # for a handshake
AUTHORITY, CERTIFICATE, KEY = "authority.pem", "certificate.pem", "key.pem"


class CertificateError(DeepgradeError):
    """Certificates that cannot be used."""


class Certificates(Struct, frozen=True):
    """Files of the certificates.

    Attributes
    ----------
    folder : Path
    """

    folder: Path

    @property
    def authority(self) -> Path:
        """Certificate by which the others are checked."""
        return self.folder / AUTHORITY

    @property
    def certificate(self) -> Path:
        """Certificate of the machines."""
        return self.folder / CERTIFICATE

    @property
    def key(self) -> Path:
        """The machines' key."""
        return self.folder / KEY

    def context(self) -> ssl.SSLContext:
        """Return the settings of a connection from this machine."""
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(self.authority))
        context.check_hostname = False  # whoever has the folder belongs to the cluster, wherever it is
        context.load_cert_chain(self.certificate, self.key)
        return context


def make_certificates(folder: Path, days: int = DAYS) -> Certificates:
    """Make the certificates of a new cluster.

    Parameters
    ----------
    folder : Path
        A folder that does not exist; only its owner can read it.
    days : int
        How long they are valid.

    Returns
    -------
    Certificates

    Raises
    ------
    UnavailableError
        Without the library `cryptography`.
    """
    try:
        from cryptography.hazmat.primitives import serialization
    except ImportError:
        raise UnavailableError("certificates need the extra `cluster`", INSTALL) from None
    files, now = Certificates(folder), datetime.now(UTC)
    valid = now - timedelta(minutes=5), now + timedelta(days=days)  # clocks differ a little
    authority, certificate, key = _signed(valid)
    kind, encoding, plain = serialization.PrivateFormat.PKCS8, serialization.Encoding.PEM, serialization.NoEncryption()
    folder.mkdir(mode=0o700, parents=True)
    _write(files.authority, authority.public_bytes(encoding))
    _write(files.certificate, certificate.public_bytes(encoding))
    _write(files.key, key.private_bytes(encoding, kind, plain))
    return files


def _signed(valid: tuple[datetime, datetime]) -> "tuple[Certificate, Certificate, EllipticCurvePrivateKey]":
    """Return an authority's certificate, a certificate that it signed, and that one's key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    def named(name: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])

    def begun(name: str, key: "EllipticCurvePrivateKey", *, signs: bool) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder(named("deepgrade cluster"), named(name), key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(valid[0])
            .not_valid_after(valid[1])
            .add_extension(x509.BasicConstraints(ca=signs, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )

    signing, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
    authority = begun("deepgrade cluster", signing, signs=True).add_extension(_usage(), critical=True)
    machine = begun("deepgrade machine", key, signs=False).add_extension(issuer, critical=False)
    return authority.sign(signing, hashes.SHA256()), machine.sign(signing, hashes.SHA256()), key


def _usage() -> "KeyUsage":
    """Return the use of the authority's key: it signs certificates."""
    from cryptography.x509 import KeyUsage

    others = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    never = dict.fromkeys((*others, "encipher_only", "decipher_only"), False)
    return KeyUsage(key_cert_sign=True, crl_sign=True, **never)


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def require_certificates(folder: Path) -> Certificates:
    """Return the certificates in a folder.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Certificates

    Raises
    ------
    NotFoundError
        If files are missing.
    CertificateError
        If they do not belong together, have expired, or others can read the key.
    """
    files = Certificates(folder)
    missing = [path.name for path in (files.authority, files.certificate, files.key) if not path.is_file()]
    if missing:
        raise NotFoundError(
            f"there are no certificates in {folder}: {', '.join(missing)} missing",
            f"copy the folder from the scheduler's machine: scp -rp MACHINE:COURSE/{folder.name} {folder.parent}\n"
            "or begin a cluster: grade worker HOST:PORT --scheduler",
        )
    if os.name == "posix" and files.key.stat().st_mode & 0o077:
        raise CertificateError(f"others on this machine can read {files.key}", f"chmod -R go= {folder}")
    try:
        files.context()
    except (ssl.SSLError, OSError) as error:
        raise CertificateError(f"the certificates in {folder} cannot be used: {error}", _anew(folder)) from None
    _require_valid(files)
    return files


def _require_valid(files: Certificates) -> None:
    from cryptography import x509

    ends = x509.load_pem_x509_certificate(files.certificate.read_bytes()).not_valid_after_utc
    if ends < datetime.now(UTC):
        raise CertificateError(f"the certificates in {files.folder} expired on {ends:%d %B %Y}", _anew(files.folder))


def _anew(folder: Path) -> str:
    return f"rm -r {folder}, then grade worker HOST:PORT --scheduler makes new ones; copy them to each machine"


def try_handshake(host: str, port: int, files: Certificates) -> None:
    """Raise unless a scheduler with certificates of the same cluster listens at an address.

    Parameters
    ----------
    host : str
    port : int
    files : Certificates

    Raises
    ------
    UnavailableError
        If nothing listens there.
    CertificateError
        If what listens there has other certificates, or none.
    """
    place = f"{host}:{port}"
    try:
        with socket.create_connection((host, port), SECONDS) as plain, files.context().wrap_socket(plain):
            return
    except ssl.SSLCertVerificationError as error:
        raise CertificateError(
            f"{place} has certificates of another cluster than {files.folder} ({error.verify_message})",
            f"copy the folder {files.folder.name} from the scheduler's machine, with scp -rp",
        ) from None
    except (ssl.SSLError, ConnectionResetError, TimeoutError) as error:
        raise CertificateError(
            f"what listens at {place} does not speak TLS as a scheduler of this cluster does ({error})",
            "name the scheduler's address, as grade worker printed it",
        ) from None
    except OSError as error:
        raise UnavailableError(
            f"nothing listens at {place}: {error.strerror or error}",
            f"start the scheduler on that machine: grade worker {place} --scheduler",
        ) from None
