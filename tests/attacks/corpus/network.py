"""Speaking to others. Every attack knocks at a listener of the suite's own on the loopback interface, nowhere else."""

from typing import Any

from tests.attacks.attack import Attack


def caller(name: str, tries: str, body: str, **options: Any) -> Attack:
    """Return an attack that knocks at a listener."""
    if "no_control" not in options:
        options.setdefault("control", "knock")
    return Attack(name, tries, body, **options)


ATTACKS = (
    caller(
        "tcp",
        "opens a TCP connection and sends what it found",
        """
def softmax(x):
    attempt(lambda: socket.create_connection(("127.0.0.1", @TCP@), 2).sendall(b"@NAME@"))
""",
    ),
    caller(
        "tcp_over_ipv6",
        "opens a TCP connection over IPv6",
        """
def softmax(x):
    attempt(lambda: socket.create_connection(("::1", @TCP6@), 2).sendall(b"@NAME@"))
""",
        no_control="a machine may lack IPv6",
    ),
    caller(
        "udp",
        "sends a datagram",
        """
def softmax(x):
    attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"@NAME@", ("127.0.0.1", @UDP@)))
""",
    ),
    caller(
        "unix_socket",
        "connects to a socket in the file system",
        """
def softmax(x):
    def call():
        line = socket.socket(socket.AF_UNIX)
        line.connect("@UNIX@")
        line.sendall(b"@NAME@")
    attempt(call)
""",
    ),
    caller(
        "abstract_socket",
        "connects to a socket without a file",
        """
def softmax(x):
    def call():
        line = socket.socket(socket.AF_UNIX)
        line.connect("\\0@ABSTRACT@")
        line.sendall(b"@NAME@")
    attempt(call)
""",
    ),
    caller(
        "http",
        "fetches a page",
        """
def softmax(x):
    import urllib.request
    attempt(lambda: urllib.request.urlopen("http://127.0.0.1:@TCP@/@NAME@", timeout=1))
""",
        evidence="stopped: |raised",
    ),
    caller(
        "listens",
        "opens a port for somebody outside",
        """
def softmax(x):
    def serve():
        line = socket.socket()
        line.bind(("127.0.0.1", 0))
        line.listen()
        return line.getsockname()
    attempt(serve)
""",
        control="breach",
    ),
    caller(
        "asks_the_resolver",
        "asks for an address by name, which itself is a message",
        """
def softmax(x):
    answers = socket.getaddrinfo("localhost", 80, family=socket.AF_INET)
    claim([answer for answer in answers if answer[4][0] != "127.0.0.1"])
""",
        no_control="only the loopback's own name is asked for",
        evidence="stopped: nothing found|gaierror|raised",
    ),
    caller(
        "socket_pair",
        "makes a pair of sockets",
        """
def softmax(x):
    attempt(socket.socketpair)
""",
        control="breach",
    ),
    caller(
        "netlink",
        "asks the kernel for its network devices",
        """
def softmax(x):
    attempt(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).getsockname())
""",
        control="breach",
    ),
    caller(
        "raw_packets",
        "opens a socket for packets of its own making",
        """
def softmax(x):
    attempt(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
""",
        no_control="only root may in any case",
    ),
    caller(
        "socket_by_syscall",
        "makes a socket past Python, and past the C library",
        """
def softmax(x):
    attempt(syscall, 41, 2, 1, 0)
""",
        control="breach",
    ),
    caller(
        "io_uring",
        "sets up a ring that opens sockets without asking for them",
        """
def softmax(x):
    attempt(syscall, 425, 8, ctypes.create_string_buffer(120))
""",
        no_control="many machines switch it off altogether",
    ),
    caller(
        "asyncio",
        "starts an event loop with a connection",
        """
def softmax(x):
    import asyncio
    async def call():
        _, writer = await asyncio.open_connection("127.0.0.1", @TCP@)
        writer.write(b"@NAME@")
        await writer.drain()
    attempt(lambda: asyncio.run(call()))
""",
    ),
    caller(
        "message_queue",
        "opens a message queue that all processes of the machine share",
        """
def softmax(x):
    attempt(syscall, 240, b"deepgrade-attack-queue", os.O_RDONLY, 0o600, None)
""",
        no_control="opens only what is there",
    ),
    caller(
        "shared_memory",
        "makes memory that all processes of the machine share",
        """
def softmax(x):
    def share():
        number = syscall(29, 0x6a7a, 4096, 0o1600)
        libc.shmctl(number, 0, None)
        return number
    attempt(share)
""",
        control="breach",
    ),
)
