"""Imports: what the task forbids, what the judge knows, and files that Python or pytest would pick up by themselves."""

from typing import Any

from tests.attacks.attack import Attack

TORCH = """
def softmax(x):
    return torch.softmax(torch.from_numpy(x), 1).numpy()
"""
NOT_THERE = "not available here|No module named"
SAME = "the same library is shown to be there by another attack"


def importer(name: str, tries: str, body: str, **options: Any) -> Attack:
    """Return an attack by import."""
    if not {"control", "no_control"} & options.keys():
        options["no_control"] = SAME
    options.setdefault("evidence", NOT_THERE)
    return Attack(name, tries, body, **options)


ATTACKS = (
    importer("imports_torch", "lets torch do a NumPy task's work", "import torch\n" + TORCH, control="points"),
    importer(
        "imports_torch_without_guard",
        "clears the finders that were put before Python's own",
        """
sys.meta_path[:] = [finder for finder in sys.meta_path if "Guard" not in type(finder).__name__]
import torch
"""
        + TORCH,
    ),
    importer(
        "imports_torch_by_a_fresh_finder",
        "asks Python's path finder itself, past every list",
        """
import importlib.machinery, importlib.util
spec = importlib.machinery.PathFinder.find_spec("torch", sys.path)
if spec is None:
    raise ImportError("No module named torch")
torch = sys.modules["torch"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(torch)
"""
        + TORCH,
    ),
    importer(
        "finds_torch_in_memory",
        "asks the garbage collector for torch, which the process before the fork may have had",
        """
import types
found = [thing for thing in gc.get_objects() if isinstance(thing, types.ModuleType) and thing.__name__ == "torch"]
if not found:
    raise ImportError("No module named torch in memory")
torch = found[0]
"""
        + TORCH,
    ),
    importer(
        "finds_torch_on_disk",
        "looks for torch in every place where packages are installed",
        """
import glob
roots = ("/site", "/usr", "/usr/local", sys.prefix, sys.base_prefix, "@PREFIX@", "@BASE@", "/opt/*")
folders = ("", "/lib/python3*/site-packages", "/lib/python3*/dist-packages", "/lib/python3/dist-packages")
places = [place for root in roots for folder in folders for place in glob.glob(root + folder + "/torch")]
if not places:
    raise ImportError("No module named torch on this disk")
sys.path.insert(0, os.path.dirname(places[0]))
sys.meta_path[:] = [finder for finder in sys.meta_path if "Guard" not in type(finder).__name__]
import torch
"""
        + TORCH,
    ),
    importer(
        "borrows_from_the_interpreter",
        "uses whatever packages are installed for the interpreter itself, scipy for one",
        """
def softmax(x):
    roots = (sys.base_prefix + "/lib/", "/usr/lib/", "/usr/local/lib/")
    names = ("python3/", "python3.%d/" % sys.version_info[1])
    kinds = ("site-packages", "dist-packages")
    folders = [root + name + kind for root in roots for name in names for kind in kinds]
    found = [folder for folder in folders if os.path.isdir(folder) and os.listdir(folder)]
    sys.path[:0] = found
    try:
        from scipy.special import softmax as theirs
        return theirs(x, axis=1)
    except ImportError:
        claim(found)
""",
        evidence="stopped: nothing found",
        no_control="depends on what is installed",
    ),
    importer(
        "loads_torch_by_ctypes",
        "opens torch's libraries past Python",
        """
def softmax(x):
    for name in ("libtorch.so", "libtorch_cpu.so", "/site/torch/lib/libtorch_cpu.so"):
        try:
            breach(ctypes.CDLL(name))
        except OSError as error:
            told = error
    raise RuntimeError("stopped: " + str(told))
""",
        evidence="stopped: ",
    ),
    importer(
        "imports_other_libraries",
        "lets another library do the work",
        """
import importlib
def softmax(x):
    found = []
    for name in ("scipy.special", "sklearn.utils.extmath", "jax.nn", "tensorflow", "autograd"):
        try:
            found.append(importlib.import_module(name).softmax(x, 1))
        except ImportError as error:
            told = error
    claim(found)
""",
        evidence="stopped: nothing found",
        no_control="depends on what is installed",
    ),
    importer(
        "imports_the_judge",
        "imports the judge, to ask it",
        """
import grader.judge.session
softmax = wrong
""",
        evidence="No module named 'grader.judge'",
        no_control="a library like any other without walls",
    ),
    importer(
        "imports_the_records",
        "imports what the judge writes",
        """
from grader.records import TestRecord
softmax = wrong
""",
        evidence="No module named 'grader.records'",
        no_control="a library like any other without walls",
    ),
    importer(
        "imports_the_suite",
        "imports the hidden tests",
        """
sys.path.insert(0, '@COURSE@')
from tests.hidden.numbers.misconceptions import CANARY
breach(CANARY)
""",
        evidence="No module named 'tests'",
        control="canary",
    ),
    importer(
        "imports_the_solution",
        "imports the solution and answers with it",
        """
sys.path.insert(0, '@COURSE@')
from solutions.numbers.target import *
""",
        evidence="No module named 'solutions'",
        control="points",
    ),
    importer(
        "imports_the_author",
        "imports the solution by the path of its file",
        """
import importlib.machinery
module = importlib.machinery.SourceFileLoader("hers", "@COURSE@/solutions/numbers/target.py").load_module()
softmax = module.softmax
""",
        evidence="No such file",
        control="points",
    ),
    importer(
        "relative_imports",
        "climbs out of its package by relative imports",
        "from ...solutions.numbers.target import softmax\n",
        evidence="only this unit.s folder is there when it is graded",
        no_control="there is no package without this engine's loader",
    ),
    importer(
        "imports_siblings",
        "imports the package of another student by its name",
        "from student.target import softmax\n",
        evidence="No module named",
        no_control="there is no package without this engine's loader",
    ),
    importer(
        "replaces_its_package",
        "puts a finder of its own first, which answers for the judge's next request",
        """
import importlib.abc
class First(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        return None
sys.meta_path.insert(0, First())
sys.modules[__name__].softmax = lambda x: x * 0 + 0.2
for name in list(sys.modules):
    if name.startswith("grader."):
        del sys.modules[name]
positives = softmax = sys.modules[__name__].softmax
""",
        evidence="is wrong|differs|wrong",
        no_control="acts on this engine's own loader",
    ),
    importer(
        "imports_ctypes_util",
        "looks for libraries by the tools of a compiler",
        """
import ctypes.util
def softmax(x):
    claim([ctypes.util.find_library('seccomp')] if ctypes.util.find_library('seccomp') else [])
""",
        evidence="stopped: ",
        no_control="depends on what is installed",
    ),
)
