"""A call that a person must approve: an MCP client that can open a page for its user is asked to."""

import asyncio
import json
import time

import pytest
from mcp import types
from surfaces import ERAS, session
from vestibule import unique

WAIT_SECONDS = 20
LOOK_SECONDS = 0.1
# Longer than the pause after which a call that waits for somebody is made again at first.
PAUSE_SECONDS = 4
WAYS = [(transport, era) for transport in ("http", "stdio") for era in ERAS]


@pytest.fixture(scope="module")
def agent(server):
    """A token whose destructive calls a person must approve, and the key of that person."""
    policy = {"name": "Helper", "effects": ["read", "destructive"]}
    token = server.request("POST", "/vestibule/v1/agent_tokens", policy).json()["value"]
    approver = server.request("POST", "/vestibule/v1/approvers", {"name": "Grace"}).json()["value"]
    return token, approver


class Person:
    """Somebody at a client, who opens each page that they are asked to open, or does not, and decides there."""

    def __init__(self, server, approver, action="accept", decision="approve"):
        self.server, self.approver, self.action, self.decision = server, approver, action, decision
        self.questions = []

    async def __call__(self, context, question):
        self.questions.append(question)
        assert question.mode == "url", question
        if self.action == "accept" and self.decision:
            asyncio.get_running_loop().run_in_executor(None, self.decide, question.url)
        return types.ElicitResult(action=self.action)

    def decide(self, url):
        assert self.server.http.get(url).status_code == 200
        approval = url.split("/approvals/")[1].split("?")[0]
        path = f"/vestibule/v1/approvals/{approval}/{self.decision}"
        answer = self.server.request("POST", path, key=self.approver)
        assert answer.status_code == 200, answer.text


def delete(server, agent, person, transport, era, view="full"):
    """An organization, and what became of deleting it."""
    organization = server.request("POST", "/organizations", {"name": unique()}).json()["id"]

    async def call():
        async with session(server, transport, era=era, key=agent[0], view=view, asked=person) as client:
            if view == "full":
                return await client.call_tool("organizations_delete", {"id": organization})
            call = {"operation": "organizations.delete", "arguments": {"id": organization}}
            return await client.call_tool("mutate", call)

    result = asyncio.run(call())
    is_there = server.request("GET", f"/organizations/{organization}").status_code == 200
    return result, is_there


@pytest.mark.parametrize("transport,era", WAYS)
def test_the_call_goes_through_once_they_have_approved_it_on_the_page(server, agent, transport, era):
    person = Person(server, agent[1])
    result, is_there = delete(server, agent, person, transport, era)
    assert not result.is_error and not is_there, result
    [question] = person.questions
    assert question.url.startswith(f"{server.url}/approvals/approval_")
    assert "organizations.delete" in question.message and agent[0] not in question.url


def test_so_it_does_in_the_view_of_five_tools(server, agent):
    result, is_there = delete(server, agent, Person(server, agent[1]), "http", "auto", view="core")
    assert not result.is_error and not is_there, result


@pytest.mark.parametrize("era", ERAS)
def test_who_will_not_open_the_page_has_the_call_refused(server, agent, era):
    for action in ["decline", "cancel"]:
        result, is_there = delete(server, agent, Person(server, agent[1], action), "http", era)
        assert result.is_error and is_there
        assert json.loads(result.content[0].text)["code"] == "approval_required"


@pytest.mark.parametrize("era", ERAS)
def test_who_denies_it_on_the_page_has_the_call_refused(server, agent, era):
    result, is_there = delete(server, agent, Person(server, agent[1], decision="deny"), "http", era)
    assert result.is_error and is_there
    refusal = json.loads(result.content[0].text)
    assert "denied" in json.dumps(refusal), refusal


def test_attack_a_client_that_says_its_user_agreed_has_approved_nothing(server, agent):
    """Of revision 2026-07-28, where the client brings its answer with the call."""
    organization = server.request("POST", "/organizations", {"name": unique()}).json()["id"]

    async def call():
        async with session(server, "http", key=agent[0], asked=Person(server, agent[1], decision=None)) as client:
            agreed = {"approval": types.ElicitResult(action="accept")}
            call = client.call_tool("organizations_delete", {"id": organization}, input_responses=agreed)
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(call, 5)

    asyncio.run(call())
    assert server.request("GET", f"/organizations/{organization}").status_code == 200


@pytest.mark.parametrize("transport,era", WAYS)
def test_attack_what_is_approved_after_the_client_called_off_is_not_done(server, agent, transport, era):
    organization = server.request("POST", "/organizations", {"name": unique()}).json()["id"]
    person = Person(server, agent[1], decision=None)

    async def call():
        async with session(server, transport, era=era, key=agent[0], asked=person) as client:
            calling = asyncio.create_task(client.call_tool("organizations_delete", {"id": organization}))
            await asyncio.to_thread(wait_until_it_waits, server, organization)
            calling.cancel()
            with pytest.raises(asyncio.CancelledError):
                await calling
            person.decision = "approve"
            await asyncio.to_thread(person.decide, person.questions[0].url)
            await asyncio.to_thread(stays, server, organization)

    asyncio.run(call())
    [approval] = [one for one in approvals(server) if one["arguments"] == {"id": organization}]
    assert approval["state"] == "approved", "it was given, and is not used"


def approvals(server):
    return server.request("GET", "/vestibule/v1/approvals?limit=100").json()["data"]


def wait_until_it_waits(server, organization):
    """Until the call was made again under its approval, on which nobody has decided."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        calls = server.request("GET", "/vestibule/v1/agent_calls?limit=100&operation=organizations.delete").json()["data"]
        if any(one["code"] == "approval_pending" and one["arguments"] == {"id": organization} for one in calls):
            return
        time.sleep(LOOK_SECONDS)
    pytest.fail("the call was not made again")


def stays(server, organization):
    end = time.monotonic() + PAUSE_SECONDS
    while time.monotonic() < end:
        assert server.request("GET", f"/organizations/{organization}").status_code == 200
        time.sleep(LOOK_SECONDS)


def test_a_client_that_opens_no_pages_is_told_where_the_page_is(server, agent):
    result, is_there = delete(server, agent, None, "http", "auto")
    assert result.is_error and is_there
    assert json.loads(result.content[0].text)["approval"]["url"].startswith(server.url)
