"""Someone without a browser on the hosted pages: keeps cookies, fills in forms, follows redirects.

Fields are found by what they are (type, autocomplete), never by our names for them.
"""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2

PAGES_MAX = 12

IS_FIELD = {
    "email": lambda field: field.get("type") == "email" or field.get("name") == "email",
    "password": lambda field: field.get("type") == "password",
    "code": lambda field: field.get("autocomplete") == "one-time-code" or field.get("name") == "code",
}


class Forms(HTMLParser):
    """The forms of a page: attributes, inputs and buttons."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({"attributes": values, "inputs": [], "buttons": []})
        elif self.forms and tag == "input":
            self.forms[-1]["inputs"].append(values)
        elif self.forms and tag == "button":
            self.forms[-1]["buttons"].append(values)


class Visitor:
    def __init__(self, server: Any) -> None:
        parts = urlsplit(server.url)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.client = httpx2.Client(timeout=30, follow_redirects=False)
        self.left: str | None = None

    def open(self, url: str) -> "Visitor":
        return self._go(self.client.build_request("GET", urljoin(self.origin, url)))

    def walk(self, **values: Any) -> str:
        """Goes through the pages with these values until the application is reached; answers its URL."""
        used = []
        for _ in range(PAGES_MAX):
            if self.left:
                return self.left
            form, fields = self._form(values)
            filled = {name: values[name]() if callable(values[name]) else values[name] for name in fields}
            assert fields and filled not in used, f"stuck on {self.url} ({self.status}):\n{self.html}"
            used.append(filled)
            self._submit(form, filled)
        raise AssertionError(f"still on {self.url} after {PAGES_MAX} pages")

    def send(self, **values: str) -> "Visitor":
        """Fills these fields of the page in, by their names, and sends their form."""
        for form in self.forms:
            if set(values) <= {one.get("name") for one in form["inputs"] if one.get("type") != "hidden"}:
                self._post(form, values)
                return self
        raise AssertionError(f"no form for {list(values)} on {self.url} ({self.status}):\n{self.html}")

    def press(self, value: str) -> "Visitor":
        """Presses the button of this value."""
        for form in self.forms:
            for button in form["buttons"]:
                if button.get("value") == value:
                    self._post(form, {button["name"]: value})
                    return self
        raise AssertionError(f"no button {value} on {self.url} ({self.status}):\n{self.html}")

    def _post(self, form: dict[str, Any], values: dict[str, str]) -> None:
        hidden = {one["name"]: one.get("value", "") for one in form["inputs"] if one.get("type") == "hidden"}
        target = urljoin(self.url, form["attributes"].get("action") or self.url)
        headers = {"origin": self.origin, "referer": self.url}
        self._go(self.client.build_request("POST", target, data={**hidden, **values}, headers=headers))

    def _form(self, values: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        for form in self.forms:
            shown = [one for one in form["inputs"] if one.get("type") != "hidden"]
            fields = [name for name in values if any(IS_FIELD[name](one) for one in shown)]
            if fields:
                return form, fields
        return {}, []

    def _submit(self, form: dict[str, Any], filled: dict[str, str]) -> None:
        body = {}
        for field in form["inputs"]:
            if not field.get("name") or (field.get("type") == "checkbox" and "checked" not in field):
                continue
            name = next((one for one in filled if IS_FIELD[one](field)), None)
            body[field["name"]] = filled[name] if name else field.get("value", "")
        for button in [one for one in form["buttons"] if one.get("type") != "button"][:1]:
            if button.get("name"):
                body[button["name"]] = button.get("value", "")
        target = urljoin(self.url, form["attributes"].get("action") or self.url)
        headers = {"origin": self.origin, "referer": self.url}
        self._go(self.client.build_request("POST", target, data=body, headers=headers))

    def _go(self, request: httpx2.Request) -> "Visitor":
        self.left = None
        for _ in range(10):
            url = str(request.url)
            if not url.startswith(self.origin):
                self.left = url
                return self
            response = self.client.send(request)
            if not (300 <= response.status_code < 400 and "location" in response.headers):
                self.url, self.status, self.html = url, response.status_code, response.text
                self.forms = Forms(self.html).forms
                assert self.status < 500, f"{url} answered {self.status}: {self.html}"
                refresh = re.search(r'<meta http-equiv="refresh" content="0; url=([^"]*)"', self.html)
                if not refresh:
                    return self
                request = self.client.build_request("GET", urljoin(url, unescape(refresh[1])))
                continue
            request = self.client.build_request("GET", urljoin(url, response.headers["location"]))
        raise AssertionError(f"too many redirects, last to {request.url}")
