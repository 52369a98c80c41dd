"""A Hugging Face Hub on loopback: repositories with commits, served as the real one serves them.

It speaks what `huggingface_hub` asks for when it reads: the model's page in JSON, and files by
revision with ETag, length and ranges. Weights are LFS files there, so their ETag is a SHA-256.
"""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

_LFS = (".h5", ".safetensors", ".onnx", ".bin")


@dataclass(kw_only=True)
class Repository:
    """One repository: its commits, and the branches and tags that point at them."""

    commits: dict[str, Mapping[str, bytes]] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    gated: bool = False
    licence: str | None = None


@dataclass(kw_only=True)
class FakeHub:
    """What the server holds, what it was asked, and how it fails."""

    repositories: dict[str, Repository] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)  # "METHOD path", in order
    cut_after: int | None = None  # bytes of an LFS file after which the connection breaks
    damage: bool = False  # flip a byte of every LFS file, its length unchanged
    endpoint: str = ""

    def push(
        self, name: str, files: Mapping[str, bytes], *, ref: str = "main", licence: str = "mit"
    ) -> str:
        """Commit `files` as all that `ref` of the repository holds; return the commit."""
        repository = self.repositories.setdefault(name, Repository(licence=licence))
        content = {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
        commit = hashlib.sha1(json.dumps([content, len(repository.commits)]).encode()).hexdigest()
        repository.commits[commit] = dict(files)
        repository.refs[ref] = commit
        return commit

    def downloads(self, path: str) -> int:
        """How often the file `path` was asked for, ranges included."""
        return sum(it.startswith("GET ") and it.endswith(f"/{path}") for it in self.requests)


@contextmanager
def serving() -> Iterator[FakeHub]:
    """A Hub at `endpoint`, on a port of its own."""
    hub = FakeHub()
    handler = type("Handler", (_Handler,), {"hub": hub})
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


class _Refused(Exception):
    """An answer that is no success, with the Hub's own error code."""

    def __init__(self, status: HTTPStatus, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class _Handler(BaseHTTPRequestHandler):
    hub: FakeHub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def log_message(self, *_: object) -> None:
        """Nothing on the test's screen."""

    def _answer(self, *, body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.requests.append(f"{self.command} {path}")
        try:
            if path.startswith("/api/models/"):
                name, tree, ref = path.removeprefix("/api/models/").partition("/tree/")
                page = json.dumps(self._tree(name, ref) if tree else self._page(name)).encode()
                self._send(page, {"Content-Type": "application/json"}, body=body)
            else:
                self._file(path.removeprefix("/"), body=body)
        except _Refused as refused:
            message = {"X-Error-Code": refused.code, "X-Error-Message": refused.code}
            self._send(b"", message, status=refused.status, body=body)

    def _page(self, path: str) -> dict[str, Any]:
        name, _, ref = path.partition("/revision/")
        repository, commit = self._commit(name, ref or "main")
        return {
            "id": name,
            "modelId": name,
            "sha": commit,
            "private": False,
            "gated": "manual" if repository.gated else False,
            "tags": [],
            "downloads": 0,
            "likes": 0,
            "cardData": {"license": repository.licence} if repository.licence else {},
            "siblings": [_sibling(path, data) for path, data in repository.commits[commit].items()],
        }

    def _tree(self, name: str, ref: str) -> list[dict[str, Any]]:
        """All files at once: what a snapshot of the library from 1.0 on starts from."""
        repository, commit = self._commit(name, ref)
        found = (_sibling(path, data) for path, data in repository.commits[commit].items())
        return [
            {"type": "file", "path": each.pop("rfilename"), "oid": each.pop("blobId"), **each}
            for each in found
        ]

    def _file(self, path: str, *, body: bool) -> None:
        name, _, place = path.partition("/resolve/")
        ref, _, entry = place.partition("/")
        repository, commit = self._commit(name, ref)
        if repository.gated:
            raise _Refused(HTTPStatus.FORBIDDEN, "GatedRepo")
        data = repository.commits[commit].get(entry)
        if data is None:
            raise _Refused(HTTPStatus.NOT_FOUND, "EntryNotFound")
        etag = hashlib.sha256(data).hexdigest() if _is_lfs(entry) else _blob_id(data)
        headers = {"X-Repo-Commit": commit, "ETag": f'"{etag}"', "Accept-Ranges": "bytes"}
        if _is_lfs(entry) and self.hub.damage:
            data = bytes([data[0] ^ 1]) + data[1:]
        self._send(data, headers, body=body, cut=_is_lfs(entry))

    def _commit(self, name: str, ref: str) -> tuple[Repository, str]:
        repository = self.hub.repositories.get(name)
        if repository is None:  # the real one does not tell strangers what is private
            raise _Refused(HTTPStatus.UNAUTHORIZED, "RepoNotFound")
        commit = repository.refs.get(ref, ref)
        if commit not in repository.commits:
            raise _Refused(HTTPStatus.NOT_FOUND, "RevisionNotFound")
        return repository, commit

    def _send(
        self,
        data: bytes,
        headers: Mapping[str, str],
        *,
        status: HTTPStatus = HTTPStatus.OK,
        body: bool,
        cut: bool = False,
    ) -> None:
        start, total = 0, len(data)
        if (wanted := self.headers.get("Range")) and status is HTTPStatus.OK:
            start = int(wanted.removeprefix("bytes=").split("-")[0])
            status = HTTPStatus.PARTIAL_CONTENT
            headers = {**headers, "Content-Range": f"bytes {start}-{total - 1}/{total}"}
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(total - start)}.items():
            self.send_header(key, value)
        self.end_headers()
        if not body:
            return
        if cut and self.hub.cut_after is not None:
            self.wfile.write(data[start : start + self.hub.cut_after])
            self.close_connection = True
            return
        self.wfile.write(data[start:])


def _is_lfs(path: str) -> bool:
    return path.endswith(_LFS)


def _blob_id(data: bytes) -> str:
    """The id git gives a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def _sibling(path: str, data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = {"rfilename": path, "size": len(data), "blobId": _blob_id(data)}
    if _is_lfs(path):
        sha = hashlib.sha256(data).hexdigest()
        found["lfs"] = {"sha256": sha, "oid": sha, "size": len(data), "pointerSize": 134}
    return found
