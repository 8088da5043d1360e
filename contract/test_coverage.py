"""The coverage page tells the truth, and a stale one is found."""

import json

import coverage
from document import operations

OURS = {
    "paths": {
        "/things/{thing_id}": {"put": {"operationId": "things.update"}},
        "/vestibule/status": {"get": {"operationId": "status.get"}},
    }
}
ROWS = [
    {"method": "PUT", "path": "/things/{id}", "operationId": "ThingsController_update", "tag": "things"},
    {"method": "GET", "path": "/things", "operationId": "ThingsController_list", "tag": "things"},
]


def test_coverage_tells_what_is_served_and_what_is_beyond_the_official_file():
    text = coverage.page(ROWS, operations(OURS))
    assert "**1 of 2** operations of the official API are served, 1 not yet." in text
    assert "| [things](#things) | 1 | 2 |" in text
    assert "| yes | `PUT /things/{id}` | `things.update` | ThingsController_update |" in text
    assert "| not yet | `GET /things` |  | ThingsController_list |" in text
    assert "| `GET /vestibule/status` | `status.get` |" in text


def test_a_stale_coverage_page_fails_and_is_left_alone(tmp_path):
    ours, page = tmp_path / "ours.json", tmp_path / "docs" / "COVERAGE.md"
    ours.write_text(json.dumps(OURS))
    arguments = [str(ours), "--page", str(page)]
    assert coverage.main([*arguments, "--check"]) == 1
    assert not page.exists()
    assert coverage.main(arguments) == 0
    assert coverage.main([*arguments, "--check"]) == 0
    page.write_text("stale")
    assert coverage.main([*arguments, "--check"]) == 1
    assert page.read_text() == "stale"
