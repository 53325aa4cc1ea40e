"""Mutations of memory and of options together: work in place, a buffer used again, a view, a cache, an ignored option.

Their results are right in a first call, for fresh arrays, or with one option at a time.
"""

import re
from collections.abc import Iterator, Sequence

import libcst as cst
import libcst.matchers as m

from grader.proof.mutation.operator import Change, Site, argument, call, called, code, mutates

TABLE = "_remembered"  # a dict of the mutated file, so that no mutant needs a name that fast tasks ban
ALLOCATIONS = ("zeros", "ones", "empty", "zeros_like", "ones_like", "empty_like")
CHOICES = ("maximum", "minimum", "clip", "where", "pad", "take")  # of these an answer may be the argument, unchanged
ELEMENTWISE = ("exp", "log", "tanh", "sqrt", "sin", "maximum", "minimum", "clip")
ARRAYS = ("Array", "Tensor")  # in annotations
PLAIN = (cst.Integer, cst.Float, cst.SimpleString)
IN_PLACE = {cst.Add: "+=", cst.Subtract: "-=", cst.Multiply: "*=", cst.Divide: "/="}
UFUNCS = {cst.Add: "add", cst.Subtract: "subtract", cst.Multiply: "multiply", cst.Divide: "divide"}


@mutates(cst.Assign)
def _in_place(node: cst.Assign, site: Site) -> Iterator[Change]:
    """Change an argument in place, instead of giving its name to a new array."""
    function, value = _function(site), node.value
    if function is None or not isinstance(value, cst.BinaryOperation) or type(value.operator) not in IN_PLACE:
        return
    name = code(node.targets[0].target)
    if name == code(value.left) and name in _array_parameters(function) and _first_assignment(function, node):
        yield "in_place", f"{name} {IN_PLACE[type(value.operator)]} {code(value.right)}"


@mutates(cst.BinaryOperation)
def _written_into_argument(node: cst.BinaryOperation, site: Site) -> Iterator[Change]:
    """Write the result of an operation into the argument on its left."""
    name, ufunc, kind = code(node.left), UFUNCS.get(type(node.operator)), _callers_array(code(node.left), site)
    if ufunc and kind == "Array":
        yield "in_place", f"np.{ufunc}({name}, {code(node.right)}, out={name})"
    elif ufunc and kind == "Tensor":
        yield "in_place", f"{name}.{ufunc}_({code(node.right)})"


@mutates(cst.Call)
def _function_into_argument(node: cst.Call, site: Site) -> Iterator[Change]:
    """Write the result of a function of NumPy into its first argument."""
    if called(node) not in ELEMENTWISE or not code(node.func).startswith("np.") or not node.args:
        return
    name = code(node.args[0].value)
    if _callers_array(name, site):
        yield "in_place", call(node, [*map(argument, node.args), f"out={name}"])


@mutates(cst.Call)
def _same_buffer(node: cst.Call, site: Site) -> Iterator[Change]:
    """Return the same buffer for every call with one shape."""
    function = _function(site)
    if function is None or called(node) not in ALLOCATIONS or not isinstance(node.func, cst.Attribute) or not node.args:
        return
    assigned = isinstance(site.parent, cst.Assign) and code(site.parent.targets[0].target) in _returned(function)
    if assigned or isinstance(site.parent, cst.Return):
        like = ".shape" if called(node).endswith("_like") else ""
        yield "buffer", _remembered(f"{code(node.args[0].value)}{like}", code(node))


@mutates(cst.Return)
def _answer_in_buffer(node: cst.Return, site: Site) -> Iterator[Change]:
    """Write the answer into the array that an earlier call with an answer of this shape has returned."""
    function = _function(site)
    if function is None or node.value is None or not _returns_array(function):
        return
    first, *others = _results(node)
    answer = ", ".join([_in_buffer(function, code(first)), *map(code, others)])
    yield "buffer", f"return {answer}"


@mutates(cst.Return)
def _argument_for_a_copy(node: cst.Return, site: Site) -> Iterator[Change]:
    """Return the argument itself where the answer has the same numbers."""
    first, *others = _results(node)
    for name in _chosen_from(first):
        if _callers_array(name, site):
            same = f"{name}.shape == new.shape and ({name} == new).all()"
            answer = f"(lambda new: {name} if {same} else new)({code(first)})"
            yield "view", f"return {', '.join([answer, *map(code, others)])}"


@mutates(cst.Return)
def _cached(node: cst.Return, site: Site) -> Iterator[Change]:
    """Return the answer of an earlier call: arrays had the same shapes, or only generator or last argument differed."""
    function = _function(site)
    if function is None or node.value is None or site.inside(cst.ClassDef):
        return
    parameters = [parameter for parameter in _parameters(function) if not _is_generator(parameter)]
    if not _array_parameters(function):
        parameters = parameters[:-1]
    if parameters:
        key = ", ".join([repr(function.name.value), *map(_known_of, parameters)])
        yield "cache", f"return {_remembered(key, f'({code(node.value)})')}"


@mutates(cst.Name)
def _ignored_option(node: cst.Name, site: Site) -> Iterator[Change]:
    """Ignore an option wherever another one is not at its default."""
    function = _function(site)
    if function is None or site.inside(cst.Parameters) or isinstance(site.parent, cst.AssignTarget | cst.Attribute):
        return
    options = _options(function)
    if node.value not in options or not _first_use(function, node):
        return
    for other, default in options.items():
        if other != node.value:
            yield "combination", f"({node.value} if {other} == {default} else {options[node.value]})"


def _remembered(key: str, value: str) -> str:
    """Return the text of an expression that is computed once for each key."""
    return f"{TABLE}.setdefault(repr(({key},)), {value})"


def _known_of(parameter: cst.Param) -> str:
    """Return the text of what a cache knows of an argument: an array's shape, or the value."""
    name, annotation = parameter.name.value, parameter.annotation
    return f"{name}.shape" if annotation and _is_array(code(annotation.annotation)) else name


def _in_buffer(function: cst.FunctionDef, value: str) -> str:
    """Return the text of an expression that writes a value into the same array for each shape."""
    array = _remembered(f"{function.name.value!r}, new.shape, new.dtype", "new")
    tensors = function.returns is not None and "Tensor" in code(function.returns.annotation)
    written = f"{array}.copy_(new)" if tensors else f"np.copyto(old := {array}, new) or old"
    return f"(lambda new: {written})({value})"


def _results(node: cst.Return) -> list[cst.BaseExpression]:
    """Return what a statement returns: one value, or the parts of a tuple."""
    if isinstance(node.value, cst.Tuple):
        return [element.value for element in node.value.elements]
    return [node.value or cst.Name("None")]


def _chosen_from(answer: cst.BaseExpression) -> Iterator[str]:
    """Yield the names of what an expression hands on unchanged for some inputs: choices, and products with a factor."""
    if isinstance(answer, cst.BinaryOperation) and isinstance(answer.operator, cst.Multiply):
        yield code(answer.left)
    elif called(answer) in CHOICES and isinstance(answer, cst.Call):
        yield from dict.fromkeys(code(arg.value) for arg in answer.args)


def _function(site: Site) -> cst.FunctionDef | None:
    """Return the innermost function around a node."""
    return next((parent for parent in site.parents if isinstance(parent, cst.FunctionDef)), None)


def _parameters(function: cst.FunctionDef) -> Sequence[cst.Param]:
    parameters = function.params
    return [*parameters.posonly_params, *parameters.params, *parameters.kwonly_params]


def _array_parameters(function: cst.FunctionDef) -> set[str]:
    annotated = [(parameter.name.value, parameter.annotation) for parameter in _parameters(function)]
    return {name for name, kind in annotated if kind and any(word in code(kind.annotation) for word in ARRAYS)}


def _callers_array(name: str, site: Site) -> str:
    """Return the kind of a parameter that the function around a node never assigns; empty if it is no array."""
    function = _function(site)
    if function is None or name not in _array_parameters(function):
        return ""
    targets = [code(target) for target in m.findall(function.body, m.AssignTarget())]
    if any(name in re.findall(r"\w+", target) for target in targets):
        return ""
    annotation = next(parameter.annotation for parameter in _parameters(function) if parameter.name.value == name)
    return next(kind for kind in ARRAYS if annotation and kind in code(annotation.annotation))


def _returns_array(function: cst.FunctionDef) -> bool:
    """Return whether the annotation promises an array, or a tuple that begins with one."""
    return function.returns is not None and _is_array(code(function.returns.annotation).removeprefix("tuple["))


def _is_array(annotation: str) -> bool:
    """Return whether an annotation begins with an array that has axes."""
    return re.match(r'(Float|Int|Bool)\[(Array|Tensor), "[^"]', annotation) is not None


def _is_generator(parameter: cst.Param) -> bool:
    return parameter.annotation is not None and "Generator" in code(parameter.annotation.annotation)


def _options(function: cst.FunctionDef) -> dict[str, str]:
    """Return the defaults of the parameters whose default is a number or a text, by name."""
    defaults = [(parameter.name.value, parameter.default) for parameter in _parameters(function)]
    return {name: code(default) for name, default in defaults if isinstance(default, PLAIN)}


def _returned(function: cst.FunctionDef) -> set[str]:
    """Return the names in a function's return statements."""
    returns = [statement for statement in m.findall(function.body, m.Return()) if isinstance(statement, cst.Return)]
    return {code(name) for statement in returns if statement.value for name in m.findall(statement.value, m.Name())}


def _first_assignment(function: cst.FunctionDef, node: cst.Assign) -> bool:
    """Return whether nothing has been assigned to a name before, so that it is still the caller's object."""
    target = code(node.targets[0].target)
    assigned = [statement for statement in _walk(function.body) if isinstance(statement, cst.Assign)]
    return next(statement for statement in assigned if code(statement.targets[0].target) == target) is node


def _first_use(function: cst.FunctionDef, node: cst.Name) -> bool:
    """Return whether a function uses a name here for the first time."""
    uses = (name for name in _walk(function.body) if isinstance(name, cst.Name) and name.value == node.value)
    return next(uses, None) is node


def _walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield the nodes below a node from top to bottom, without assigned names, attributes' names and keywords."""
    yield node
    parts = [node.value] if isinstance(node, cst.Attribute | cst.Arg) else node.children
    for part in parts:
        if not isinstance(part, cst.AssignTarget):
            yield from _walk(part)
