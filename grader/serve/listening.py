"""The server's socket: this machine alone, elsewhere with a certificate, and a sentence for what is in the way."""

import errno
import ipaddress
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from grader.errors import DeepgradeError, NotFoundError, UnavailableError
from grader.serve.site import ServedSite, in_address, is_loopback

if TYPE_CHECKING:
    from starlette.types import ASGIApp

HERE = "127.0.0.1"
LEFT_OPEN = 2  # seconds that open connections get at the end


class Certificate(Struct, frozen=True):
    """Files of a certificate with its chain, and of its key."""

    chain: Path
    key: Path

    def require(self) -> None:
        """Raise if they cannot be used together.

        Raises
        ------
        NotFoundError
            If one of them does not exist.
        DeepgradeError
            If they are no certificate and its key.
        """
        for path in (self.chain, self.key):
            if not path.is_file():
                raise NotFoundError(f"there is no file {path}", "name both: --certificate FILE --key FILE")
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(self.chain, self.key)
        except (ssl.SSLError, OSError) as error:
            raise DeepgradeError(
                f"{self.chain} and {self.key} are no certificate and its key: {error}", "two files in the form PEM"
            ) from None


def listen(host: str, port: int, certificate: Certificate | None = None) -> tuple[socket.socket, ServedSite]:
    """Return a socket that listens, and how browsers name it.

    Parameters
    ----------
    host : str
        Address or name.
    port : int
        0 for any free one.
    certificate : Certificate, optional
        Without it, only this machine can be served.

    Returns
    -------
    listener : socket
    site : ServedSite

    Raises
    ------
    DeepgradeError
        If the address is no single one, is no loopback and there is no certificate, or cannot be used.
    """
    family, address = _resolved(host, port)
    if ipaddress.ip_address(address.partition("%")[0]).is_unspecified:
        raise DeepgradeError(
            f"{host} means every address of this machine, and browsers need one name",
            "the name in the certificate: grade serve --host grades.example.org --certificate FILE --key FILE",
        )
    if certificate is None and not is_loopback(address):
        raise DeepgradeError(
            f"{host} is reached from other machines, and grades would go there unencrypted",
            "grade serve --certificate FILE --key FILE, or leave out --host and use ssh -L",
        )
    if certificate is not None:
        certificate.require()
    listener = _bound(family, address, port)
    site = ServedSite(in_address(host), listener.getsockname()[1], certificate is not None, is_loopback(address))
    return listener, site


def _resolved(host: str, port: int) -> tuple[socket.AddressFamily, str]:
    try:
        family, *_, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError):
        raise NotFoundError(f"there is no address {host}", "leave out --host: this machine alone") from None
    return family, str(place[0])


def _bound(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # on Windows, reuse would let another process listen, too
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise _unusable(address, port, error) from None
    return listener


def _unusable(address: str, port: int, error: OSError) -> DeepgradeError:
    if error.errno == errno.EADDRINUSE:
        return DeepgradeError(
            f"port {port} is in use, perhaps by another grade serve",
            "end that one with Ctrl-C, or take any free port: grade serve --port 0",
        )
    if error.errno == errno.EACCES:
        return DeepgradeError(f"port {port} is not for ordinary users", "grade serve --port 0")
    return DeepgradeError(f"{address}, port {port}, cannot be used: {error.strerror}", "grade serve --port 0")


def require_extra() -> None:
    """Raise if the extra is not installed.

    Raises
    ------
    UnavailableError
        With what to install.
    """
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError:
        raise UnavailableError(
            "grade serve needs two packages that are not installed here, Starlette and uvicorn",
            'pip install "deepgrade[serve]"',
        ) from None


def serve(pages: "ASGIApp", listener: socket.socket, certificate: Certificate | None = None) -> None:
    """Serve pages until the process is told to end.

    Parameters
    ----------
    pages : ASGI application
    listener : socket
    certificate : Certificate, optional
    """
    import uvicorn

    config = uvicorn.Config(
        pages,
        log_level="warning",
        access_log=False,  # the first address has the token in it
        lifespan="off",
        ws="none",
        proxy_headers=False,
        server_header=False,
        limit_concurrency=64,
        timeout_graceful_shutdown=LEFT_OPEN,
        ssl_certfile=certificate.chain if certificate else None,
        ssl_keyfile=certificate.key if certificate else None,
    )
    uvicorn.Server(config).run(sockets=[listener])
