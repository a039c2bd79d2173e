# SPDX-License-Identifier: Apache-2.0
"""Holds requests and answers against an OpenAPI document: what was asked, with what was it answered, is that documented. Awkward: OpenAPI
cannot choose a schema by a header, so the documents say it in x-schema-by-contract; and an answer may have only the members that the
document names, although a client must ignore others."""
import functools
import gzip
import json
import pathlib
import re
import urllib.parse
from typing import NamedTuple, Optional

import yaml
from jsonschema import Draft202012Validator

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# of HTTP itself, so no header of an answer that a document has to name
HTTP_HEADERS = {"date", "content-length", "content-type", "connection", "transfer-encoding"}


class Violation(AssertionError):
    """A request or an answer that is not as documented."""


class Request(NamedTuple):
    method: str
    target: str
    headers: dict
    body: Optional[bytes]  # None: not whole
    well_formed: bool = True

    def __repr__(self):
        shown = {k: v for k, v in self.headers.items() if k != "authorization"}
        return f"{self.method} {self.target[:300]} {str(shown)[:600]} {(self.body or b'')[:400]!r}"


def _unchunked(data):
    """The body of chunked DATA and what follows it; None, b"" when it is not whole."""
    body = b""
    while True:
        line, found, data = data.partition(b"\r\n")
        size = int(line, 16) if found and re.fullmatch(rb"[0-9a-fA-F]+", line) else None
        if size is None or len(data) < size + 2:
            return None, b""
        body, data = body + data[:size], data[size + 2:]
        if size == 0:
            return body, data


def next_request(sent):
    """Splits the first request off the bytes that a client has sent; what is ambiguous or not whole is well_formed=False or has no body."""
    head, whole, rest = sent.partition(b"\r\n\r\n")
    line, *fields = head.decode("latin-1").split("\r\n")
    parts, headers = (line + "  ").split(" ")[:3], {}
    good = bool(whole and TOKEN.fullmatch(parts[0]) and re.fullmatch(r"/[!-~]*", parts[1]) and re.fullmatch(r"HTTP/1\.[01]", parts[2]))
    for field in fields if whole else ():
        name, _, value = field.partition(":")
        good = good and bool(TOKEN.fullmatch(name)) and not re.search(r"[^\t -~\x80-\xff]", value)
        headers.setdefault(name.lower(), value.strip())
    if not good:
        return Request(parts[0], parts[1], headers, None, False), b""
    if "transfer-encoding" in headers:
        body, rest = _unchunked(rest)
    else:
        length = headers.get("content-length", "0")
        size = int(length) if re.fullmatch(r"[0-9]{1,18}", length) else len(rest) + 1
        body, rest = (rest[:size], rest[size:]) if size <= len(rest) else (None, b"")
    return Request(parts[0], parts[1], headers, body), rest


def _typed(text, schema):
    """TEXT of a header or parameter as the JSON value that SCHEMA means."""
    kind = schema.get("type")
    if kind == "integer" and re.fullmatch(r"-?[0-9]+", text):
        return int(text)
    return text.split(",") if kind == "array" else text


def _without_leniency(value, schema):
    """VALUE with the member names as SCHEMA spells them and without null members (x-lenient-members)."""
    if isinstance(value, list):
        return [_without_leniency(v, schema.get("items", {})) for v in value]
    if not isinstance(value, dict):
        return value
    properties = schema.get("properties", {})
    spelled = {name.lower(): name for name in properties}
    named = {spelled.get(k.lower(), k): v for k, v in value.items() if v is not None}
    return {k: _without_leniency(v, properties.get(k, {})) for k, v in named.items()}


class Document:
    """One OpenAPI file. check() is for any thread; `seen` are the (METHOD path, status) that it met."""

    def __init__(self, source):
        self.name = getattr(source, "name", "a document")
        text = source.read_text() if isinstance(source, pathlib.Path) else source
        self.tree = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        self.seen = set()
        self.paths = [(template.split("/"), template, item) for template, item in self.tree["paths"].items()]
        self.other = self.tree["x-other-paths"]
        self.validators = {}

    def follow(self, node):
        """NODE, or what its $ref leads to."""
        while "$ref" in node:
            node = self.at(node["$ref"])
        return node

    def at(self, pointer):
        if not pointer.startswith("#/"):
            raise ValueError(f"{self.name}: {pointer} is not in this document")
        keys = [key.replace("~1", "/").replace("~0", "~") for key in pointer[2:].split("/")]
        return functools.reduce(lambda node, key: node[key], keys, self.tree)

    def expanded(self, schema, closed):
        """SCHEMA without a $ref, as following them is what makes a validation slow. CLOSED: no members but those that it names."""
        if "$ref" in schema:
            target = self.expanded(self.at(schema["$ref"]), closed)
            rest = {k: v for k, v in schema.items() if k not in ("$ref", "description")}
            return {"allOf": [target, self.expanded(rest, False)]} if rest else target
        out = dict(schema)
        for key in "items", "additionalProperties", "not":
            if isinstance(schema.get(key), dict):
                out[key] = self.expanded(schema[key], closed)
        for key in "anyOf", "oneOf", "allOf":
            if key in schema:
                out[key] = [self.expanded(s, closed) for s in schema[key]]
        if "properties" in schema:
            out["properties"] = {name: self.expanded(s, closed) for name, s in schema["properties"].items()}
            if closed:
                out.setdefault("additionalProperties", False)
        return out

    def violation_of(self, value, schema, closed=False):
        """What is wrong with VALUE, or None. SCHEMA is a node of the document, which is expanded once."""
        key = (id(schema), closed)
        if key not in self.validators:
            whole = self.expanded(schema, closed)
            Draft202012Validator.check_schema(whole)
            self.validators[key] = Draft202012Validator(whole)
        validator = self.validators[key]
        if validator.schema.get("x-lenient-members"):
            value = _without_leniency(value, validator.schema)
        errors = sorted(validator.iter_errors(value), key=lambda e: len(e.absolute_path))
        return errors and "; ".join(f"/{'/'.join(map(str, e.absolute_path))}: {e.message[:300]}" for e in errors[:3])

    def find(self, path):
        """The template, the item and the undecoded parameters of PATH; nothing when no path is like it."""
        parts = path.split("/")
        for pieces, template, item in self.paths:
            if len(pieces) == len(parts) and all(t != "" and "{" in p or p == t for p, t in zip(pieces, parts)):
                return template, item, {p: t for p, t in zip(pieces, parts) if "{" in p}
        return None, {}, {}

    def answers_to(self, method, item):
        """The responses that may be the answer: of the operation, of another method on its path, of another path."""
        method = "get" if method == "HEAD" and "head" not in item else method.lower()
        if method in item:
            return item[method], item[method]["responses"]
        others = [item[m] for m in METHODS if m in item]
        early = {status: r for status, r in self.other.items() if not others or status != "404"}
        return None, {**early, "405": others[0]["responses"]["405"]} if others else early

    def check(self, request, status, headers, body):
        """Raises a Violation when the REQUEST or its answer (HEADERS in small letters) is not as documented."""
        if "ms-cv" not in headers and status >= 400 and not request.well_formed:
            return  # the library's own answer to what it cannot read
        path, _, query = request.target.partition("?")
        template, item, parts = self.find(path)
        operation, responses = self.answers_to(request.method, item)
        where = f"{self.name}: {request.method} {template or 'another path'} → {status}"

        def refuse(what):
            raise Violation(f"{where}: {what}\nrequest: {request}\nanswer: {status} {headers} {body[:800]!r}")
        if str(status) not in responses:
            refuse(f"is not documented, only {' '.join(responses)}")
        response = self.follow(responses[str(status)])
        self.check_headers(response, headers, refuse)
        if request.method != "HEAD":
            self.check_body(response, request, headers, body, refuse)
        if operation is not None and status < 400:
            self.check_request(operation, request, {**parts, "?": query}, refuse)
        if status == 405:
            allowed = ", ".join(m.upper() + (", HEAD" if m == "get" else "") for m in METHODS if m in item)
            if headers["allow"] != allowed:
                refuse(f"Allow is not {allowed}")
        self.seen.add((f"{request.method} {template}" if operation else "another", status))

    def check_headers(self, response, headers, refuse):
        documented = {name.lower(): self.follow(h) for name, h in response.get("headers", {}).items()}
        for name, header in documented.items():
            if name in headers:
                wrong = self.violation_of(_typed(headers[name], header["schema"]), header["schema"])
                if wrong:
                    refuse(f"header {name}: {wrong}")
            elif header.get("required"):
                refuse(f"header {name} is missing")
        unknown = set(headers) - set(documented) - HTTP_HEADERS
        if unknown:
            refuse(f"undocumented headers: {sorted(unknown)}")

    def schema_for(self, content, request):
        by_contract = content.get("x-schema-by-contract")
        if by_contract is None:
            return content["schema"]
        pointer = by_contract.get(request.headers.get("x-xbl-contract-version", "absent"))
        return None if pointer is None else self.at(pointer)

    def check_body(self, response, request, headers, body, refuse):
        if "content" not in response:
            return body and refuse("has a body")
        media = headers.get("content-type", "").partition(";")[0]
        if media not in response["content"]:
            refuse(f"Content-Type is {media!r}")
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        try:
            value = json.loads(body) if media == "application/json" else body.decode()
        except ValueError as error:
            refuse(f"body: {error}")
        schema = self.schema_for(response["content"][media], request)
        wrong = schema is None and "no schema for this contract" or self.violation_of(value, schema, closed=True)
        return wrong and refuse(f"body: {wrong}")

    def check_request(self, operation, request, parts, refuse):
        """REQUEST was answered well, so it should be as documented."""
        if operation.get("security", self.tree["security"]) and "authorization" not in request.headers:
            refuse("was answered without Authorization")
        given = {"header": request.headers, "query": dict(urllib.parse.parse_qsl(parts.pop("?"), keep_blank_values=True)), "path": {}}
        for piece, text in parts.items():
            pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.*)", re.escape(piece))
            match = re.fullmatch(pattern, urllib.parse.unquote(text))
            given["path"].update(match.groupdict() if match else {})
        for parameter in map(self.follow, operation.get("parameters", ())):
            name = parameter["name"].lower() if parameter["in"] == "header" else parameter["name"]
            text = given[parameter["in"]].get(name)
            if text is None:
                wrong = parameter.get("required") and "is missing"
            else:
                schema = self.follow(parameter["schema"])
                wrong = self.violation_of(_typed(text, schema), schema)
            if wrong:
                refuse(f"parameter {name}: {wrong}")
        if "requestBody" in operation:
            content = operation["requestBody"]["content"]["application/json"]
            if request.body is None:
                refuse("was answered without a whole body")
            wrong = self.violation_of(json.loads(request.body), self.schema_for(content, request))
            return wrong and refuse(f"the request's body: {wrong}")
