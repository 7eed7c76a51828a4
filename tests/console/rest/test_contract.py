"""The API keeps its own description: every operation, with whatever can be sent to it.

In the short run each operation is asked once, in order or out of order, as the seed has it. With QUALICITY_EXAMPLES
it is asked both ways that often, at most 60 times; QUALICITY_SEED repeats a run.
"""

from __future__ import annotations

import os
import random

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.errors import SchemathesisError
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

EXAMPLES = min(60, int(os.environ.get("QUALICITY_EXAMPLES", "0")))
SEED = int(os.environ.get("QUALICITY_SEED", "0")) or random.randrange(1, 2**32)

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
CHANGES = {"post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def described(served):
    """Return the description, as the service serves it."""
    return served.app.openapi()


def operations(described):
    """Yield each operation with its name."""
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", method, operation


def test_whatever_is_sent_is_answered_as_the_description_says(served):
    """No error of the server, no status, type, header or field that is not described."""
    print(f"QUALICITY_SEED={SEED}")
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", served.app)
    dice, broken = random.Random(SEED), {}
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in MODES if EXAMPLES else [dice.choice(MODES)]:
            try:
                _tried(operation, mode)
            except Unsatisfiable:
                continue  # nothing can be sent to it in this way
            except (SchemathesisError, AssertionError, BaseExceptionGroup) as error:
                broken[operation.label] = str(error)
    assert not broken, "\n\n".join(f"{label}: {said}" for label, said in broken.items())


def _tried(operation, mode):
    @hypothesis.seed(SEED)
    @hypothesis.settings(
        max_examples=EXAMPLES or 1, deadline=None, database=None, suppress_health_check=list(HealthCheck),
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate), report_multiple_bugs=False,
    )  # fmt: skip
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def call(case):
        case.call_and_validate(checks=CHECKS)

    call()


def test_every_operation_says_what_it_answers_and_how_it_refuses(described):
    """With a model or a type of file, a summary, a tag that is explained, and the refusals of its kind."""
    names = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(names) == len(set(names)) > 15
    tags = {tag["name"] for tag in described["tags"]}
    wrong = [
        f"{name}: {said}"
        for name, method, operation in operations(described)
        for said in _unsaid(method, operation, tags)
    ]
    assert not wrong, "\n".join(wrong)


def _unsaid(method, operation, tags):
    answers = operation["responses"]
    done = [code for code in answers if code.startswith("2")]
    if not done:
        yield "says of no answer that it is one"
    for code in done:
        contents = answers[code].get("content", {})
        if code != "204" and not contents:
            yield f"{code} has no type"
        if any(kind == "application/json" and not one.get("schema") for kind, one in contents.items()):
            yield f"{code} has no model"
    refusals = {"400", "401", "403", "404", "422", "429", "503"} | ({"409"} if method in CHANGES else set())
    if missing := refusals - set(answers):
        yield f"does not say that it may answer {', '.join(sorted(missing))}"
    if not operation.get("summary") or not operation.get("description"):
        yield "is not described"
    if unknown := set(operation.get("tags", ["none"])) - tags:
        yield f"has tags that nothing explains: {', '.join(unknown)}"


def test_every_parameter_is_described_and_bounded(described):
    """A text has a pattern, a length or a list of what it may be; a number has its ends."""
    wrong = [
        f"{name}, {one['name']}: {said}"
        for name, _, operation in operations(described)
        for one in operation.get("parameters", [])
        for said in _unbounded(one)
    ]
    assert not wrong, "\n".join(wrong)


def _unbounded(parameter):
    if not parameter.get("description"):
        yield "is not described"
    for schema in parameter["schema"].get("anyOf", [parameter["schema"]]):
        kind = schema.get("type")
        if kind == "string" and not schema.keys() & {"pattern", "maxLength", "enum", "const", "format"}:
            yield "is a text without bounds"
        if kind in {"integer", "number"}:
            for end in "inimum", "aximum":
                if not schema.keys() & {f"m{end}", f"exclusiveM{end}"}:
                    yield f"has no m{end}"


def test_the_description_stands_below_any_prefix(described):
    """It names no host: a proxy may put the service anywhere."""
    assert [server["url"] for server in described["servers"]] == ["../.."]
    assert set(described["components"]["securitySchemes"]) == {"key", "session"}
    assert all(path.startswith("/api/v1/") for path in described["paths"])
