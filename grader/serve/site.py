"""Where the pages are served: the one origin that requests may come from, and the names of its host."""

import ipaddress

from msgspec import Struct

DEFAULT_PORTS = {"http": 80, "https": 443}
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


class ServedSite(Struct, frozen=True):
    """An address, as browsers name it.

    Attributes
    ----------
    name : str
        Host in the printed address.
    port : int
    is_encrypted : bool
    is_loopback : bool
        Whether only this machine reaches it.
    """

    name: str
    port: int
    is_encrypted: bool = False
    is_loopback: bool = True

    @property
    def scheme(self) -> str:
        """``http`` or ``https``."""
        return "https" if self.is_encrypted else "http"

    @property
    def hosts(self) -> frozenset[str]:
        """Values of the header ``Host`` that mean this server: another name that leads here is somebody's trick."""
        names = {self.name.lower(), *(LOOPBACK_NAMES if self.is_loopback else ())}
        bare = names if self.port == DEFAULT_PORTS[self.scheme] else set()
        return frozenset({f"{name}:{self.port}" for name in names} | bare)

    @property
    def origins(self) -> frozenset[str]:
        """Values of the header ``Origin`` of this server's own pages."""
        return frozenset(f"{self.scheme}://{host}" for host in self.hosts)

    @property
    def cookie(self) -> str:
        """Name of the cookie; browsers keep no cookies of different ports apart."""
        return f"__Host-deepgrade-{self.port}" if self.is_encrypted else f"deepgrade-{self.port}"

    def link(self, token: str) -> str:
        """Return the address that lets in whoever opens it first."""
        return f"{self.scheme}://{self.name}:{self.port}/enter?token={token}"


def is_loopback(address: str) -> bool:
    """Return whether an address is reached from this machine alone.

    Examples
    --------
    >>> [is_loopback(address) for address in ("127.0.0.1", "::1", "0.0.0.0", "192.0.2.7")]
    [True, True, False, False]
    """
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


def in_address(host: str) -> str:
    """Return a host as it is written in an address: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host
