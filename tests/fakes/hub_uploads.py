"""The writing half of the Hub on loopback: repositories made, commits taken, tags set.

It speaks what `huggingface_hub` asks for when it uploads: preupload, LFS batches with a transfer
of their own, commits in lines of JSON, and tags. What was written can be read again.
"""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.fakes.hub import FakeHub, Repository, _Handler, _is_lfs, _Refused

TOKEN = "hf_of_the_test"


@contextmanager
def taking_uploads() -> Iterator[FakeHub]:
    """A Hub that whoever shows TOKEN may write to."""
    hub = FakeHub()
    handler = type("Handler", (_Uploads,), {"hub": hub, "stored": {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Uploads(_Handler):
    stored: dict[str, bytes]  # LFS objects by their SHA-256

    def do_POST(self) -> None:
        path, body = self._received()
        try:
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                raise _Refused(HTTPStatus.UNAUTHORIZED, "Unauthorized")
            answer = json.dumps(self._written(path, body)).encode()
            self._send(answer, {"Content-Type": "application/json"}, body=True)
        except _Refused as refused:
            message = {"X-Error-Code": refused.code, "X-Error-Message": refused.code}
            self._send(b"", message, status=refused.status, body=True)

    def do_PUT(self) -> None:
        path, body = self._received()
        self.stored[path.rpartition("/")[2]] = body
        self._send(b"", {}, body=True)

    def _received(self) -> tuple[str, bytes]:
        path = unquote(urlsplit(self.path).path)
        self.hub.requests.append(f"{self.command} {path}")
        return path, self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _written(self, path: str, body: bytes) -> dict[str, Any]:
        if path == "/api/repos/create":
            asked = json.loads(body)
            name = "/".join(filter(None, (asked.get("organization"), asked["name"])))
            self.hub.repositories.setdefault(name, Repository())
            return {"url": f"{self.hub.endpoint}/{name}"}
        if path == "/api/validate-yaml":  # the head of a model card
            return {"errors": [], "warnings": []}
        if path.endswith("/info/lfs/objects/batch"):
            return {"transfer": "basic", "objects": [
                {**entry, "actions": {"upload": {"href": self._place(entry["oid"])}}}
                for entry in json.loads(body)["objects"]
            ]}  # fmt: skip
        name, verb, ref = path.removeprefix("/api/models/").rsplit("/", 2)
        if name not in self.hub.repositories:
            raise _Refused(HTTPStatus.NOT_FOUND, "RepoNotFound")
        if verb == "preupload":
            return {"files": [
                {"path": entry["path"], "shouldIgnore": False,
                 "uploadMode": "lfs" if _is_lfs(entry["path"]) else "regular"}
                for entry in json.loads(body)["files"]
            ]}  # fmt: skip
        if verb == "tag":
            refs = self.hub.repositories[name].refs
            refs[json.loads(body)["tag"]] = refs.get(ref, ref)
            return {}
        return self._commit_of(name, ref, body)

    def _place(self, oid: str) -> str:
        return f"{self.hub.endpoint}/lfs/{oid}"

    def _commit_of(self, name: str, ref: str, body: bytes) -> dict[str, Any]:
        repository = self.hub.repositories[name]
        files = dict(repository.commits.get(repository.refs.get(ref, ""), {}))
        for line in map(json.loads, body.decode().splitlines()):
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.stored[value["oid"]]
        commit = self.hub.push(name, files, ref=ref)
        return {"success": True, "commitOid": commit,
                "commitUrl": f"{self.hub.endpoint}/{name}/commit/{commit}"}  # fmt: skip
