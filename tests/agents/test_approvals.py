"""At a terminal, the person who approves what an agent does types their key there, and nobody sees it."""

import pytest
from surfaces import command, on_terminal
from test_actions import DONE, REFUSED, WRONG
from vault import IN_A_FILE
from vestibule import unique

ASKED = "Your approver's key"


@pytest.fixture(scope="module")
def agent(server):
    """What a command is given that runs for an agent whose destructive calls a person must approve."""
    policy = {"name": "Helper", "effects": ["read", "destructive"]}
    token = server.request("POST", "/vestibule/v1/agent_tokens", policy).json()["value"]
    return {"WORKOS_API_KEY": token, **IN_A_FILE}


@pytest.fixture(scope="module")
def approver(server):
    return server.request("POST", "/vestibule/v1/approvers", {"name": "Grace"}).json()["value"]


@pytest.fixture()
def organization(server):
    return server.request("POST", "/organizations", {"name": unique()}).json()["id"]


def is_there(server, organization):
    return server.request("GET", f"/organizations/{organization}").status_code == 200


@pytest.mark.parametrize("line", [("organizations", "delete", "{}"), ("call", "organizations.delete", "--id={}")])
def test_a_call_that_needs_an_approval_is_made_once_the_key_is_typed(server, agent, approver, organization, line):
    line = [word.format(organization) for word in line]
    code, shown = on_terminal(server, *line, "--yes", answer=approver, asked=ASKED, unseen=True, **agent)
    assert code == DONE and not is_there(server, organization), shown
    assert "organizations.delete" in shown and f"{server.url}/approvals/" in shown
    assert approver not in shown


@pytest.mark.parametrize(("typed", "expected"), [("", REFUSED), ("sk_not_an_approvers_key", WRONG), ("apr_guess", REFUSED)])
def test_attack_without_an_approvers_key_the_call_is_not_made(server, agent, organization, typed, expected):
    code, shown = on_terminal(server, "organizations", "delete", organization, "--yes", answer=typed, asked=ASKED, unseen=True, **agent)
    assert code == expected and is_there(server, organization), shown
    assert not typed or typed not in shown


def test_attack_an_agent_that_types_its_own_token_has_approved_nothing(server, agent, organization):
    own = agent["WORKOS_API_KEY"]
    code, shown = on_terminal(server, "organizations", "delete", organization, "--yes", answer=own, asked=ASKED, unseen=True, **agent)
    assert code == WRONG and is_there(server, organization) and own not in shown, shown


@pytest.mark.parametrize(("line", "state"), [(("approvals", "approve"), "approved"), (("approvals", "deny"), "denied")])
def test_who_decides_beside_an_agents_token_is_asked_for_their_key(server, agent, approver, organization, line, state):
    command(server, "organizations", "delete", organization, "--yes", **agent)
    pending = server.request("GET", "/vestibule/v1/approvals?pending=true&limit=100").json()["data"]
    [approval] = [one["id"] for one in pending if one["arguments"] == {"id": organization}]
    code, shown = on_terminal(server, *line, approval, answer="", asked=ASKED, unseen=True, **agent)
    assert code == WRONG and "nothing was decided" in shown, shown
    code, shown = on_terminal(server, *line, approval, answer=approver, asked=ASKED, unseen=True, **agent)
    assert code == DONE and approver not in shown, shown
    assert server.request("GET", f"/vestibule/v1/approvals/{approval}").json()["state"] == state


def test_where_nobody_is_there_nobody_is_asked(server, agent, organization):
    line = ("organizations", "delete", organization, "--yes")
    refused = command(server, *line, stdin="apr_x\n", **agent)
    assert refused.returncode == REFUSED and ASKED not in refused.stderr
    for mode in ("agent", "ci"):
        code, shown = on_terminal(server, *line, "--mode", mode, **agent)
        assert code == REFUSED and ASKED not in shown and "approval_required" in shown, shown
    assert is_there(server, organization)
