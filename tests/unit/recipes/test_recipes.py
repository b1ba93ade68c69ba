"""The recipes' templates send what Teams, Slack and PagerDuty document, for every example event."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from operate.template import _Loader
from tests.support.recipes.transformer import matches, transformed

if TYPE_CHECKING:
    from collections.abc import Iterator

import yaml

PROJECT = Path(__file__).parents[3]
FAILED = ("message-failed",)
TROUBLES = ("flow-stopped", "flow-failed-to-start")
STARTED = "flow-started"
RECIPES = sorted((PROJECT / "recipes").glob("*.yaml"))

Json = dict[str, Any]


def event(name: str, **detail: object) -> Json:
    """An example event, of the tenant acme."""
    example: Json = json.loads((PROJECT / "events" / f"{name}.json").read_text())
    return {**example, "detail": {**example["detail"], "tenant": "acme", **detail}}


def sent(recipe: str, happened: Json, form: str = "teams") -> list[Json]:
    """What the rules of a recipe send for an event."""
    text = (PROJECT / "recipes" / f"{recipe}.yaml").read_text()
    template = yaml.load(text, Loader=_Loader)  # noqa: S506 - our own
    bodies = []
    for resource in template["Resources"].values():
        if resource["Type"] != "AWS::Events::Rule":
            continue
        properties = resource["Properties"]
        pattern = json.loads(
            json.dumps(properties["EventPattern"]).replace('{"Ref": "TenantName"}', '"acme"')
        )
        if not matches(pattern, happened):
            continue
        (target,) = properties["Targets"]
        transformer = target["InputTransformer"]
        body = transformer["InputTemplate"]
        if isinstance(body, dict):
            _, for_teams, for_slack = body["Fn::If"]
            body = for_teams if form == "teams" else for_slack
        bodies.append(transformed(transformer["InputPathsMap"], body, happened))
    return bodies


@contextmanager
def receiver() -> Iterator[tuple[str, list[Json]]]:
    """A webhook on loopback: its address, and what it was sent."""
    got: list[Json] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(202)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", got
        finally:
            server.shutdown()
            thread.join()


def delivered(bodies: list[Json]) -> list[Json]:
    """What arrives at a receiver of what is sent."""
    with receiver() as (url, got):
        for body in bodies:
            request = urllib.request.Request(  # noqa: S310 - loopback
                url, json.dumps(body).encode(), {"Content-Type": "application/json"}
            )
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                assert answer.status == 202
    return got


ODD = 'said "no" \\ to <b>\n' * 50
CASES = [
    *(
        (name, text)
        for name in (*FAILED, *TROUBLES)
        for text in (None, "No route", ODD, "x" * 4_000)
    ),
    (STARTED, None),
]


@pytest.mark.parametrize(("name", "text"), CASES)
def test_a_card_of_teams(name: str, text: str | None) -> None:
    """One card for each event, none of whose texts is null; whatever the error says."""
    (body,) = delivered(sent("webhook", event(name, errorText=text)))

    assert body["type"] == "message"
    (attachment,) = body["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    title, facts, *rest = card["body"]
    assert title["type"] == "TextBlock"
    assert title["text"].endswith(" of acme")
    assert title["color"] == ("Good" if name == STARTED else "Attention")
    assert facts["type"] == "FactSet"
    for fact in facts["facts"]:
        assert fact.keys() == {"title", "value"}
        assert all(isinstance(each, str) and each for each in fact.values())
    assert [each["text"] for each in rest] == ([] if text is None else [text])
    assert len(json.dumps(body)) < 28_000


@pytest.mark.parametrize(("name", "text"), CASES)
def test_blocks_of_slack(name: str, text: str | None) -> None:
    """Within what Slack takes: a header of 150, ten fields of 2,000 characters."""
    (body,) = delivered(sent("webhook", event(name, errorText=text), "slack"))

    header, section = body["blocks"]
    assert body["text"]
    assert header["type"] == "header"
    assert 0 < len(header["text"]["text"]) <= 150
    assert section["type"] == "section"
    assert len(section["fields"]) <= 10
    for field in (header["text"], *section["fields"]):
        assert field["type"] == "plain_text"
        assert 0 < len(field["text"]) <= 2_000
    texts = [each["text"] for each in body.get("attachments", [])]
    assert texts == ([] if text is None else [text])


@pytest.mark.parametrize(("name", "text"), CASES)
def test_an_event_of_pagerduty(name: str, text: str | None) -> None:
    """Version 2, deduplicated by the signature; a flow that runs again ends what it began."""
    happened = event(name, errorText=text)
    (body,) = delivered(sent("pagerduty", happened))

    assert body["event_action"] == ("resolve" if name == STARTED else "trigger")
    assert body["dedup_key"] == happened["detail"]["signature"]
    assert len(body["dedup_key"]) <= 255
    payload = body["payload"]
    assert 0 < len(payload["summary"]) <= 1_024
    assert payload["source"] == "acme"
    assert payload["severity"] in {"critical", "error", "warning", "info"}
    assert payload["timestamp"].endswith("Z")
    assert payload["custom_details"] == happened["detail"]
    assert len(json.dumps(body)) < 512_000


@pytest.mark.parametrize("recipe", ["webhook", "pagerduty"])
def test_nothing_else_is_sent(recipe: str) -> None:
    """Neither another tenant's events nor deployments."""
    assert sent(recipe, event("message-failed", tenant="another")) == []
    assert sent(recipe, event("flow-deployed")) == []


@pytest.mark.parametrize("recipe", ["webhook", "pagerduty"])
def test_secrets_are_named_and_nowhere_written(recipe: str) -> None:
    """Each is read from Secrets Manager when the stack is made, and the queue is encrypted."""
    text = (PROJECT / "recipes" / f"{recipe}.yaml").read_text()
    template = yaml.load(text, Loader=_Loader)  # noqa: S506 - our own
    resources = template["Resources"]
    parameters = resources["Connection"]["Properties"]["AuthParameters"]

    value = parameters["ApiKeyAuthParameters"]["ApiKeyValue"]["Fn::Sub"]
    assert value.startswith("{{resolve:secretsmanager:${SecretArn}:SecretString:")
    assert resources["Undelivered"]["Properties"]["SqsManagedSseEnabled"] is True
    assert not [name for name in template["Parameters"] if "Key" in name or "Url" in name]


@pytest.mark.parametrize("recipe", RECIPES, ids=[each.stem for each in RECIPES])
def test_cfn_lint_finds_nothing_in_a_recipe(recipe: Path) -> None:
    """People deploy them as they are; every template in the folder is looked at."""
    found = subprocess.run(
        [Path(sys.executable).with_name("cfn-lint"), "--format", "parseable", recipe],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (found.stdout, found.stderr, found.returncode) == ("", "", 0)
