"""The manifest that ships is what the code asks for, offers and listens to."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp

from adapters.slack import surface
from adapters.slack.face import RIGHT_ACTION, WRONG_ACTION
from adapters.slack.listeners import Listeners
from tests.fakes.slack_methods import METHODS, SCOPES_OF
from tests.fakes.slack_payloads import callback, command, pressed, shortcut

ROOT = Path(__file__).parents[3]
SOURCES = sorted((ROOT / "adapters/slack").glob("*.py"))


@pytest.fixture
def manifest() -> dict[str, Any]:
    """The file, as Slack reads it."""
    read: dict[str, Any] = json.loads((ROOT / "manifest.json").read_text("utf-8"))
    return read


def methods_called() -> set[str]:
    """The Web API methods that the code calls, by the names slack_sdk gives them."""
    known = {method.replace(".", "_"): method for method in METHODS}
    called = {
        node.attr
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
    }
    methods = {known[name] for name in called & known.keys()}
    if "files_upload_v2" in called:
        methods |= {"files.getUploadURLExternal", "files.completeUploadExternal"}
    return methods


def test_scopes_are_those_of_the_code(manifest: dict[str, Any]) -> None:
    """The manifest asks for the scopes that doctor explains, each once."""
    asked = manifest["oauth_config"]["scopes"]["bot"]
    assert sorted(asked) == sorted(surface.SCOPES)
    assert len(set(asked)) == len(asked)


def test_every_scope_is_needed_and_none_is_missing() -> None:
    """Each scope serves a method that is called, an event that is heard or a command."""
    called = {SCOPES_OF[method] for method in methods_called()} - {""}
    # One method, one scope a kind of conversation; the subscriptions need the history scopes too.
    kinds = {"channels", "groups", "im", "mpim"}
    heard = {f"{kind}:history" for kind in kinds}
    looked_up = {f"{kind}:read" for kind in kinds}
    assert called <= set(surface.SCOPES)
    assert set(surface.SCOPES) == called | heard | looked_up | {"commands"}


def test_events_are_those_of_the_code(manifest: dict[str, Any]) -> None:
    """The manifest subscribes to what the listeners handle."""
    subscribed = manifest["settings"]["event_subscriptions"]["bot_events"]
    assert sorted(subscribed) == sorted(surface.SUBSCRIPTIONS)


def test_commands_and_shortcuts_are_those_of_the_code(manifest: dict[str, Any]) -> None:
    """The command is escaped, so that channels arrive by id; the shortcuts have our ids."""
    [slash] = manifest["features"]["slash_commands"]
    assert (slash["command"], slash["should_escape"]) == (surface.COMMAND, True)
    shortcuts = {it["callback_id"]: it["name"] for it in manifest["features"]["shortcuts"]}
    assert shortcuts == {surface.ANALYZE: "감정 분석", surface.WHY: "why"}
    assert {it["type"] for it in manifest["features"]["shortcuts"]} == {"message"}


def test_the_app_needs_no_public_address(manifest: dict[str, Any]) -> None:
    """Socket Mode, interactivity and the Home tab are on; token rotation, which we lack, is off."""
    assert manifest["settings"]["socket_mode_enabled"]
    assert manifest["settings"]["interactivity"]["is_enabled"]
    assert manifest["features"]["app_home"]["home_tab_enabled"]
    assert not manifest["settings"]["token_rotation_enabled"]
    assert not manifest["settings"]["org_deploy_enabled"]


def test_texts_are_within_slacks_limits(manifest: dict[str, Any]) -> None:
    """Slack refuses a manifest whose texts are longer (docs.slack.dev/reference/app-manifest)."""
    about = manifest["display_information"]
    assert len(about["name"]) <= 35
    assert len(about["description"]) <= 140
    assert 174 <= len(about["long_description"]) <= 4000
    for shortcut_ in manifest["features"]["shortcuts"]:
        assert len(shortcut_["name"]) <= 24
        assert len(shortcut_["description"]) <= 150


async def test_every_promise_has_a_listener(manifest: dict[str, Any]) -> None:
    """Each subscribed event, command, shortcut and button finds a listener of its own in bolt."""
    app = AsyncApp(token="xoxb-1", signing_secret="secret", request_verification_enabled=False)
    Listeners(*[None] * 7).register(app)  # type: ignore[arg-type]
    types = {
        event.split(".")[0] for event in manifest["settings"]["event_subscriptions"]["bot_events"]
    }
    payloads = [callback({"type": event_type}) for event_type in types]
    payloads += [command("help", "https://example.org")]
    payloads += [
        shortcut(it["callback_id"], {"ts": "1.0"}, "https://example.org")
        for it in manifest["features"]["shortcuts"]
    ]
    payloads += [pressed("data_delete"), pressed("dashboard"), pressed("setting_mode", value="off")]
    payloads += [pressed(WRONG_ACTION), pressed(RIGHT_ACTION, value="joy")]
    for payload in payloads:
        found = await _listeners_for(app, payload)
        catch_all = payload.get("type") == "event_callback"  # comes last, for what nobody handles
        assert len(found) == 1 + catch_all, payload


async def _listeners_for(app: AsyncApp, payload: dict[str, Any]) -> list[str]:
    from slack_bolt.request.async_request import AsyncBoltRequest
    from slack_bolt.response import BoltResponse

    request = AsyncBoltRequest(body=payload, mode="socket_mode")
    response = BoltResponse(status=200)
    return [
        listener.ack_function.__name__
        for listener in app._async_listeners
        if await listener.async_matches(req=request, resp=response)
    ]
